// Prints how many tables @pgkit/schemainspect read of the database at the address.
const {createRequire} = require('node:module')
const {join} = require('node:path')

const {PostgreSQL} = createRequire(join(__dirname, '..', 'package.json'))('@pgkit/schemainspect')

PostgreSQL.create(process.argv[2]).then(
  found => {
    const counts = ['tables', 'views', 'functions', 'indexes', 'constraints'].map(kind => Object.keys(found[kind]).length)
    console.log(counts.join(' '))
    process.exit(0) // its pool of connections would keep it for ten seconds
  },
  error => {
    console.error(error)
    process.exit(1)
  },
)
