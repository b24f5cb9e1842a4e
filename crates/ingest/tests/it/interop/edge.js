// An edge node of Eclipse Tahu's client with one device. It says `born` with each birth; its input makes it speak.
const sparkplug = require('sparkplug-client')

const client = sparkplug.newClient({
  serverUrl: `mqtt://127.0.0.1:${process.argv[2]}`,
  username: '', password: '', groupId: 'plant', edgeNode: 'line 1', clientId: 'edge-1', version: 'spBv1.0',
  publishDeath: true,
})
const at = () => Date.now()
const birth = () => {
  client.publishNodeBirth({ timestamp: at(), metrics: [
    { name: 'Node Control/Rebirth', type: 'Boolean', value: false },
    { name: 'uptime', type: 'Int64', value: 5 },
  ] })
  client.publishDeviceBirth('oven', { timestamp: at(), metrics: [
    { name: 'zone/temperature', alias: 7, type: 'Double', value: 180.25 },
    { name: 'offset', alias: 8, type: 'Int16', value: -3 },
    { name: 'door', alias: 9, type: 'Boolean', value: true },
  ] })
  console.log('born')
}
client.on('birth', birth)
client.on('ncmd', (payload) => {
  if (payload.metrics.some((metric) => metric.name === 'Node Control/Rebirth' && metric.value)) birth()
})
client.on('error', (error) => { console.error(String(error)); process.exit(1) })
process.stdin.on('data', (lines) => {
  for (const line of String(lines).trim().split('\n')) {
    const [word, value] = line.split(' ')
    if (word === 'data') {
      client.publishDeviceData('oven', { timestamp: at(), metrics: [{ alias: 7, type: 'Double', value: Number(value) }] })
    }
    if (word === 'death') client.publishDeviceDeath('oven', { timestamp: at(), metrics: [] })
  }
})
process.stdin.on('end', () => process.exit(0))
