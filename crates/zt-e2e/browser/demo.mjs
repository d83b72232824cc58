// The running demo: where its hosts are, what it wrote down, its agent, and its endpoint protection.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { given } from './scenario.mjs';

const DOMAIN = 'sekisho.localhost';

/** `sekisho demo` as the test that started this script runs it. */
export class Demo {
  #findings = 0;

  constructor() {
    this.folder = given('ZT_DEMO');
    this.binary = given('ZT_BIN');
    const told = JSON.parse(readFileSync(join(this.folder, 'demo.json'), 'utf8'));
    this.port = told.port;
    this.passwords = told.passwords;
    /** The application that is elsewhere, and has its people sign in with OpenID Connect. */
    this.expenses = told.expenses;
    this.authority = join(this.folder, 'server', 'server-ca.pem');
  }

  /** An address at one of its hosts. */
  at(host, path = '/') {
    return `https://${host}.${DOMAIN}:${this.port}${path}`;
  }

  /**
   * Enrols a device of its own host name with a code from the portal, as its owner does at the command line, and puts the
   * browser's certificate into the store of `home`: by the file that she imports, or at once.
   */
  enrol(hostname, code, home, { by = 'file' } = {}) {
    const state = join(home.path, 'agent');
    const agent = ['agent', 'enroll', '--json', '--state', state, '--server', this.at('id', ''), '--ca', this.authority];
    const into = by === 'file' ? ['--browser'] : ['--nss', join(home.path, '.pki', 'nssdb')];
    const said = this.#onDevice(hostname, [...agent, '--code', code, ...into]);
    if (by !== 'file') return;
    const { file, password } = /\{[^{}]*"password"[^{}]*\}/.exec(said)?.map((json) => JSON.parse(json))[0] ?? {};
    if (!password) throw new Error(`the agent names no password:\n${said}`);
    home.addCertificate(file, password);
  }

  /** Runs the program as on a machine with that host name: in a UTS namespace of its own (unshare(1)). */
  #onDevice(hostname, words) {
    const naming = 'echo "$1" > /proc/sys/kernel/hostname && shift && exec "$@"';
    const user = process.getuid() === 0 ? [] : ['--map-root-user'];
    const command = [...user, '--uts', 'sh', '-c', naming, 'sh', hostname, this.binary, ...words];
    try {
      return execFileSync('unshare', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      throw new Error(`sekisho ${words.join(' ')}: ${error.stderr}${error.stdout}`);
    }
  }

  /** An administrator ends all sessions of a person. */
  endSessions(login) {
    const socket = join(this.folder, 'server', 'admin.sock');
    execFileSync(this.binary, ['session', 'end', login, '--socket', socket], { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /** Endpoint protection finds malware on a device. Gives the finding, to be resolved. */
  async infect(hostname) {
    this.#findings += 1;
    const finding = { uid: `e2e-${process.pid}-${this.#findings}`, hostname };
    return { ...finding, answer: await this.#signal(finding, { activity: 1, status: 1 }) };
  }

  /** It reports that it has dealt with what it found. */
  resolve(finding) {
    return this.#signal(finding, { activity: 3, status: 4 });
  }

  async #signal({ uid, hostname }, { activity, status }) {
    const event = {
      class_uid: 2004,
      category_uid: 2,
      activity_id: activity,
      type_uid: 200400 + activity,
      status_id: status,
      severity_id: 5,
      time: Date.now(),
      metadata: { version: '1.8.0', product: { name: 'E2E EDR', vendor_name: 'Sekisho' } },
      finding_info: { uid, title: 'Emotet', types: ['malware'] },
      device: { hostname, type_id: 2 },
    };
    const token = readFileSync(join(this.folder, 'organisation', 'secrets', 'edr.token'), 'utf8').trim();
    const { status: code, body } = await this.#post('/api/v1/signals', JSON.stringify(event), {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
    });
    if (code !== 200) throw new Error(`the signal was answered with ${code}: ${body}`);
    return JSON.parse(body);
  }

  #post(path, body, headers) {
    const address = new URL(this.at('id', path));
    const options = { method: 'POST', headers, ca: readFileSync(this.authority), host: '127.0.0.1', port: this.port };
    return new Promise((resolve, reject) => {
      const sent = request({ ...options, path, servername: address.hostname, setHost: false }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece) => (text += piece));
        answer.on('end', () => resolve({ status: answer.statusCode, body: text }));
      });
      sent.setHeader('host', address.host);
      sent.on('error', reject).end(body);
    });
  }
}
