// What Prisma's command line reads: the schema that prisma-pull.mjs wrote.
export default { schema: 'pulled.prisma', datasource: { url: 'postgresql://localhost' } }
