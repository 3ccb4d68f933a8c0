// The page: what its controls say is sampled, shown, and written into the link.

import init, { Device, Sampler, panicMessage, samplerNames, version } from './pkg/ddim.js';
import { Controls } from './controls.js';
import { drawing } from './drawing.js';
import { readLink, writeLink } from './link.js';
import { droppedFiles, fetchModel, readModel, wgslNetwork } from './models.js';
import { adapterInfo, deviceName, verify } from './report.js';
import { Run } from './run.js';
import { Stage } from './stage.js';

const $ = (id) => document.getElementById(id);
const page = { state: readLink(location.hash), device: null, run: null, own: null, longest: 0 };
// For tests, and for whoever opens the console.
globalThis.ddimPage = page;

const stage = new Stage($('frame'), (error) => { if (!page.device?.lost) fail(error); });
let controls;
let turn = 0; // of requests: an earlier one that comes late is dropped
let ready = null; // the last sampler, its network and plan

// --- What computes

async function openDevice(choice) {
  drop();
  ready = null;
  const device = await Device.open(choice);
  await stage.attach(device, page.state.draw === 'canvas');
  page.device = device;
  $('device-name').textContent = await deviceName(device);
  const why = device.whyCpu && choice !== 'cpu' ? `WebGPU is not used: ${device.whyCpu}. The CPU engine runs in this page instead.` : '';
  say(why);
  page.notice = why;
  controls.setDevice(device);
}

// --- What is sampled

async function networkOf(state) {
  if (state.model === 'own') return page.own.network;
  if (state.model === 'wgsl') return wgslNetwork(state.wgsl || await controls.ringText());
  return fetchModel(state.model);
}

function planOf(state) {
  return { sampler: state.sampler, steps: state.steps, ...(state.sampler === 'ddim' && { eta: state.eta }) };
}

export async function samplerFor(network, plan) {
  const key = JSON.stringify(plan);
  if (ready?.network === network && ready.key === key) return ready.sampler;
  const sampler = ready?.network === network && ready.withPlans
    ? await ready.sampler.withPlan(plan)
    : await Sampler.create(page.device, network, plan, {});
  ready = { network, key, sampler, withPlans: page.state.model !== 'wgsl' };
  return sampler;
}

function classOf(state) {
  if (state.class === 'none') return null;
  return state.class === 'all' ? 'cyclic' : Number(state.class);
}

// Samples what the controls say. `drawn` is a batch of somebody's own instead.
async function sample(drawn) {
  const own = ++turn;
  const { state } = page;
  writeState();
  document.body.dataset.state = 'sampling';
  showError($('wgsl-error'), '');
  try {
    const network = await networkOf(state);
    if (own !== turn) return;
    if (network.inputs) throw new Error(`This model is told ${network.inputs} of every sample, which this page has no controls for.`);
    state.steps = Math.min(state.steps, network.levels);
    controls.setNetwork(network, state);
    const sampler = await samplerFor(network, planOf(state));
    if (own !== turn) return;
    const classes = network.classes > 0;
    const count = state.count || controls.defaultCount(network);
    const batch = drawn?.batch ?? { count, seed: state.seed, class: classes ? classOf(state) : null, guidance: classes ? state.guidance : 1 };
    const player = await sampler.play(batch, true, drawn?.initial);
    if (own !== turn) {
      player.free();
      return;
    }
    show(player, sampler, network, batch);
  } catch (error) {
    if (own === turn) fail(error);
  }
}

function show(player, sampler, network, batch) {
  drop();
  const run = new Run(player, [...sampler.stops], page.device.isGpu);
  const all = batch.class === 'cyclic' && network.classes <= 12 && player.count >= network.classes;
  const { state } = page;
  stage.show(player, {
    shape: [...network.shape],
    columns: network.classes > 0 && network.classes <= 12 ? network.classes : undefined,
    labels: all ? [...Array(network.classes).keys()].map(String) : null,
    title: `${player.count} samples of ${state.model}, seed ${state.seed}, ${state.steps} steps`,
  });
  if (state.at >= 0) Object.assign(run, { playing: false, wanted: state.at });
  page.run = run;
  $('loading').hidden = true;
  $('kernel').textContent = sampler.kernel ?? 'CPU engine';
  Object.assign($('scrub'), { max: run.steps, value: 0, disabled: false });
  $('play').disabled = false;
  say(page.notice);
}

function drop() {
  if (page.run) stage.release(page.run.player);
  page.run = null;
}

// --- Frames

let before = performance.now();
function frame(now) {
  requestAnimationFrame(frame);
  const elapsed = now - before;
  before = now;
  const { run, device } = page;
  if (!device) return;
  try {
    if (device.lost ?? device.fault) {
      lose(device.lost ? `The GPU is gone. ${device.lost}` : device.fault);
      return;
    }
    if (!run) return;
    if (run.advance(elapsed)) settled(run);
    if (run.wanted !== undefined) {
      if (run.available < Math.min(run.wanted, run.steps)) return;
      run.seek(run.wanted);
      delete run.wanted;
    }
    if (run.available >= 0) stage.draw(run.stops[run.step], run.step / run.steps);
    report(run);
  } catch (error) {
    fail(error);
  }
}

function settled(run) {
  document.body.dataset.state = 'settled';
  page.longest = run.longest;
  $('rate').textContent = run.rate >= 100 ? Math.round(run.rate).toLocaleString('en') : run.rate.toFixed(1);
}

function report(run) {
  const text = `${run.step} / ${run.steps}`;
  if ($('position').textContent !== text) {
    $('position').textContent = text;
    $('scrub').value = run.step;
    $('scrub').setAttribute('aria-valuetext', `step ${run.step} of ${run.steps}`);
  }
  const longest = `${Math.round(run.longest)} ms`;
  if ($('longest').textContent !== longest) $('longest').textContent = longest;
  if ($('play').classList.contains('playing') !== run.playing) {
    $('play').classList.toggle('playing', run.playing);
    $('play').setAttribute('aria-label', run.playing ? 'Pause' : 'Play');
  }
}

// --- Words

export function say(text) { $('status').textContent = text ?? ''; }

export function showError(place, text) {
  place.textContent = text;
  place.hidden = !text;
}

function messageOf(error) {
  // A panic says nothing but `unreachable` itself. Before the module is there, there is none.
  const panic = page.loaded ? panicMessage() : undefined;
  return panic ?? error?.message ?? String(error);
}

function fail(error) {
  drop();
  document.body.dataset.state = 'failed';
  $('loading').hidden = true;
  const message = messageOf(error);
  if (page.state.model === 'wgsl') {
    showError($('wgsl-error'), message);
    say('The network does not compile; see its error below.');
  } else {
    alert(message, false);
  }
}

// A lost device: what was made with it is gone with it.
function lose(message) {
  drop();
  page.device = null;
  document.body.dataset.state = 'lost';
  alert(message, true);
}

function alert(message, isLost) {
  $('alert-text').textContent = message;
  $('alert-again').hidden = $('alert-cpu').hidden = !isLost;
  $('alert-close').hidden = isLost;
  $('alert').hidden = false;
}

async function reopen(choice) {
  $('alert').hidden = true;
  page.state.device = choice;
  controls.show(page.state);
  try {
    await openDevice(choice);
    await sample();
  } catch (error) {
    document.body.dataset.state = 'failed';
    alert(messageOf(error), true);
  }
}

function writeState() {
  history.replaceState(null, '', writeLink(page.state));
}

// --- Everything is told what to do

function wire() {
  $('play').addEventListener('click', () => page.run?.toggle());
  $('scrub').addEventListener('input', () => {
    page.run?.seek(Number($('scrub').value));
    page.state.at = Number($('scrub').value);
    writeState();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === ' ' && event.target === document.body) {
      event.preventDefault();
      page.run?.toggle();
    }
  });
  $('alert-again').addEventListener('click', () => reopen('auto' === page.state.device ? 'auto' : 'gpu'));
  $('alert-cpu').addEventListener('click', () => reopen('cpu'));
  $('alert-close').addEventListener('click', () => { $('alert').hidden = true; });
  $('copy-link').addEventListener('click', async () => {
    await copy(location.href);
    say('The link is copied: it samples the same, wherever it is opened.');
  });
  wireModels();
  wireReport();
  wireWgsl();
}

function wireModels() {
  const take = async (files) => {
    try {
      page.own = await readModel(await files);
      controls.setOwn(page.own.name);
      page.state.model = 'own';
      page.state.count = 0;
      $('alert').hidden = true;
      await sample();
      const { warnings } = page.own.network;
      if (warnings.length) say(warnings.join(' '));
    } catch (error) {
      alert(messageOf(error), false);
    }
  };
  $('open-directory').addEventListener('click', () => $('directory').click());
  $('directory').addEventListener('change', () => take([...$('directory').files]));
  addEventListener('dragover', (event) => {
    event.preventDefault();
    $('drop').hidden = false;
  });
  addEventListener('dragleave', (event) => { if (!event.relatedTarget) $('drop').hidden = true; });
  addEventListener('drop', (event) => {
    event.preventDefault();
    $('drop').hidden = true;
    take(droppedFiles(event.dataTransfer));
  });
}

function wireReport() {
  $('verify-run').addEventListener('click', async () => {
    $('verify-run').disabled = true;
    $('verify-status').textContent = 'Comparing…';
    try {
      const report = await verify(page.device, $('verify-checks'));
      const failed = report.checks.filter((check) => check.passed === false).length;
      $('verify-status').textContent = report.passed
        ? `All ${report.checks.length} checks hold, in ${report.seconds} s.`
        : `${failed} of ${report.checks.length} checks fail: please copy the report into an issue.`;
      $('verify-report').value = JSON.stringify(report, null, 2);
      $('verify-report').hidden = false;
      $('verify-copy').disabled = false;
    } catch (error) {
      $('verify-status').textContent = messageOf(error);
    }
    $('verify-run').disabled = false;
  });
  $('verify-copy').addEventListener('click', async () => {
    await copy($('verify-report').value);
    $('verify-status').textContent = 'The report is copied.';
  });
}

async function wireWgsl() {
  $('wgsl-text').value = page.state.wgsl || await controls.ringText();
  $('wgsl-run').addEventListener('click', () => {
    page.state.wgsl = $('wgsl-text').value;
    page.state.model = 'wgsl';
    controls.show(page.state);
    sample();
  });
  $('wgsl-reset').addEventListener('click', async () => { $('wgsl-text').value = await controls.ringText(); });
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  throw new Error('This browser gives no access to the clipboard here.');
}

async function start() {
  document.body.dataset.state = 'loading';
  try {
    await init();
    page.loaded = true;
    $('version').textContent = version();
    controls = new Controls($('controls'), page, { samplers: samplerNames(), sample, reopen });
    wire();
    drawing(page, { networkOf: () => fetchModel('digits'), sample, controls });
    requestAnimationFrame(frame);
    await openDevice(page.state.device);
    await sample();
  } catch (error) {
    document.body.dataset.state = 'failed';
    $('loading').hidden = true;
    alert(messageOf(error), true);
  }
}

addEventListener('hashchange', () => {
  const given = readLink(location.hash), { device } = page.state;
  Object.assign(page.state, given);
  controls.show(page.state);
  if (given.device === device) sample();
  else reopen(given.device);
});

start();
