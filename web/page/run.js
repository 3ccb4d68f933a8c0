// A run under way: computed a few rows a frame, and played, paused and scrubbed on its own clock.

const PLAY_SECONDS = 2.4;
// A GPU's time in a frame, and this thread's where the CPU engine computes.
const GPU_MILLISECONDS = 8;
const ENGINE_MILLISECONDS = 20;

export class Run {
  // `stops` are the rows that are done at the ends of the plan's steps.
  constructor(player, stops, isGpu) {
    Object.assign(this, { player, stops, isGpu });
    this.started = performance.now();
    this.position = 0;
    this.playing = true;
    this.longest = 0;
    this.rate = null;
    this.frames = 0;
  }

  get steps() { return this.stops.length - 1; }

  // Steps that are computed.
  get available() {
    if (!this.player.hasStarted) return -1;
    const { done } = this.player;
    let step = this.steps;
    while (this.stops[step] > done) step--;
    return step;
  }

  get step() { return Math.max(0, Math.min(Math.floor(this.position + 1e-6), this.available)); }

  get isSettled() { return this.rate !== null; }

  // A frame; `elapsed` milliseconds after the one before. Returns whether the run has just ended.
  advance(elapsed) {
    let ended = false;
    if (!this.isSettled) {
      if (this.frames++ > 1) this.longest = Math.max(this.longest, elapsed);
      this.player.advance(this.isGpu ? GPU_MILLISECONDS : ENGINE_MILLISECONDS);
      if (this.player.isSettled) {
        this.rate = this.player.count / ((performance.now() - this.started) / 1000);
        ended = true;
      }
    }
    if (this.playing) {
      this.position = Math.min(this.position + this.steps * elapsed / 1000 / PLAY_SECONDS, Math.max(this.available, 0));
      if (this.isSettled && this.position >= this.steps) this.playing = false;
    }
    return ended;
  }

  toggle() {
    if (!this.playing && this.position >= this.steps) this.position = 0;
    this.playing = !this.playing;
  }

  seek(step) {
    this.playing = false;
    this.position = Math.max(0, Math.min(step, this.available));
  }
}
