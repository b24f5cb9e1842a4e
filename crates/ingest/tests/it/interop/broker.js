// aedes on a free port of loopback, with one user; says the port, then lives until its input ends.
const net = require('net')
const { pathToFileURL } = require('url')

// It is a module: before version 22 Node can import it, but neither require it nor find it by NODE_PATH.
const aedes = import(pathToFileURL(require.resolve('aedes')))

aedes.then(({ Aedes }) => Aedes.createBroker({
  authenticate: (client, user, password, done) =>
    done(null, user === 'reader' && String(password) === 'hunter2'),
})).then((broker) => {
  const server = net.createServer(broker.handle)
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
  process.stdin.on('data', (lines) => {
    for (const line of String(lines).trim().split('\n')) {
      const [topic, ...payload] = line.split(' ')
      broker.publish({ topic, payload: Buffer.from(payload.join(' ')), qos: 1, retain: false }, () => console.log('published'))
    }
  })
  process.stdin.on('end', () => process.exit(0))
})
