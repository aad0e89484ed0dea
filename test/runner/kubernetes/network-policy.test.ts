import { readFileSync } from 'node:fs';
import { BlockList, isIPv6 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';

const IpBlock = z.strictObject({ cidr: z.string(), except: z.array(z.string()).default([]) });
const Labels = z.strictObject({ matchLabels: z.record(z.string(), z.string()) });
const Peer = z.union([
  z.strictObject({ ipBlock: IpBlock }),
  z.strictObject({ namespaceSelector: Labels, podSelector: Labels }),
]);
/** The parts of the API that our policy uses; one with others would mean something that is not understood here. */
const Policy = z.object({
  spec: z.strictObject({
    podSelector: z.strictObject({}),
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])),
    ingress: z.array(z.unknown()),
    egress: z.array(
      z.strictObject({
        to: z.array(Peer).min(1),
        ports: z.array(z.strictObject({ protocol: z.enum(['TCP', 'UDP']), port: z.int() })).min(1),
      }),
    ),
  }),
});

const { spec } = Policy.parse(
  parse(readFileSync(new URL('../../../runner/kubernetes/network-policy.yaml', import.meta.url), 'utf8')),
);

function isWithin(address: string, cidr: string): boolean {
  const [network = '', bits] = cidr.split('/');
  // A mapped address is an IPv4 packet on the wire, but a policy's engine may take it by its letters.
  if (isIPv6(network) !== isIPv6(address)) return false;
  const list = new BlockList();
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}

/** Whether the policy lets a build send to an address that belongs to no Pod of the cluster. */
function isOpen(address: string, protocol: 'TCP' | 'UDP', port: number): boolean {
  return spec.egress.some(
    ({ to, ports }) =>
      ports.some((one) => one.protocol === protocol && one.port === port) &&
      to.some(
        (peer) =>
          'ipBlock' in peer &&
          isWithin(address, peer.ipBlock.cidr) &&
          !peer.ipBlock.except.some((cidr) => isWithin(address, cidr)),
      ),
  );
}

/** One address of each range that is not the public internet. */
const closed: readonly (readonly [address: string, what: string])[] = [
  ['169.254.169.254', "the cloud's metadata"],
  ['169.254.169.252', "the metadata server's own process on a GKE node"],
  ['169.254.20.10', "the node's DNS cache"],
  ['169.254.1.1', 'link local'],
  ['192.0.0.192', 'the metadata of another cloud'],
  ['100.100.100.200', 'the metadata of another cloud'],
  ['0.0.0.0', 'this host'],
  ['127.0.0.1', 'loopback'],
  ['10.0.0.1', 'private'],
  ['10.255.255.255', 'private'],
  ['172.16.0.1', 'private, and the control plane of a GKE cluster'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', "carriers' and GKE's Pods"],
  ['198.18.0.1', 'benchmarks'],
  ['224.0.0.251', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['240.0.0.1', "GKE's class E Pods"],
  ['::1', 'loopback'],
  ['fe80::1', 'link local'],
  ['fd20:ce::254', "the cloud's metadata"],
  ['fd00:ec2::254', 'the metadata of another cloud'],
  ['fc00::1', 'unique local'],
  ['ff02::1', 'multicast'],
  ['::ffff:10.0.0.1', 'mapped private'],
  ['::ffff:169.254.169.254', 'mapped metadata'],
  ['::10.0.0.1', 'compatible private'],
  ['64:ff9b::a9fe:a9fe', 'translated metadata'],
  ['64:ff9b:1::a00:1', 'translated private'],
  ['2002:a9fe:a9fe::1', '6to4 of the metadata'],
  ['2001:0:a00:1::1', 'Teredo'],
  ['2001:db8::1', 'documentation'],
];

const open: readonly (readonly [address: string, protocol: 'TCP' | 'UDP', port: number, what: string])[] = [
  ['140.82.112.3', 'TCP', 443, 'a code host'],
  ['142.250.1.95', 'TCP', 443, 'the storage'],
  ['2a00:1450:4001::1', 'TCP', 443, 'the storage'],
  ['172.32.0.1', 'TCP', 443, 'the first address behind a private range'],
  ['169.254.169.254', 'UDP', 53, "GKE's Cloud DNS"],
  ['169.254.169.254', 'TCP', 53, "GKE's Cloud DNS"],
  ['169.254.20.10', 'UDP', 53, "the node's DNS cache"],
];

describe('the network policy of builds', () => {
  it('holds for every Pod of the namespace, in both directions, and lets nobody in', () => {
    expect(spec).toMatchObject({ podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [] });
  });

  it.each(open)('lets out to %s %s %i (%s)', (address, protocol, port) => {
    expect(isOpen(address, protocol, port)).toBe(true);
  });

  it.each(closed)('closes %s (%s)', (address) => {
    const dns = ['169.254.169.254', '169.254.20.10'].includes(address);
    for (const port of [22, 53, 80, 443, 987, 988, 6443, 8080, 8443, 10250, 10255]) {
      expect(isOpen(address, 'TCP', port), `TCP ${port}`).toBe(dns && port === 53);
      expect(isOpen(address, 'UDP', port), `UDP ${port}`).toBe(dns && port === 53);
    }
  });

  it('opens https alone on the internet: no ssh, no plain http, no mail, no name servers of others', () => {
    for (const port of [22, 25, 53, 80, 465, 587, 853, 6443, 8080, 8443, 32526]) {
      for (const address of ['8.8.8.8', '168.63.129.16', '2a00:1450:4001::1']) {
        expect(isOpen(address, 'TCP', port), `${address} TCP ${port}`).toBe(false);
        expect(isOpen(address, 'UDP', port), `${address} UDP ${port}`).toBe(false);
      }
    }
    expect(isOpen('8.8.8.8', 'UDP', 443)).toBe(false);
  });

  it("opens port 53 of the cluster's own name servers and no other Pod", () => {
    const selected = spec.egress.flatMap(({ to, ports }) =>
      to.flatMap((peer) => ('ipBlock' in peer ? [] : [{ peer, ports: ports.map(({ port }) => port) }])),
    );
    expect(selected).toEqual([
      {
        peer: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
          podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
        },
        ports: [53, 53],
      },
    ]);
  });
});
