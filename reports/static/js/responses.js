/* Responses of a filter from its taps, with the same sums and limits as reports/predicted.py. */
CNNVIZ.responses = (() => {
  const SILENT = 1e-7, FAINT = 1e-4, REAL = 1e-9, MOST = 2 ** 30, UNKNOWN = -(2 ** 31);

  const whole = (value, step) => Math.max(-MOST, Math.min(MOST, Math.floor(value / step + 0.5)));

  /** Level (dB), phase (radians) and delay (milliseconds) of taps at the bins of a transform. */
  function predict(taps, { bins, n_fft: size, seconds }) {
    const cosines = Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    const sines = Float64Array.from({ length: size }, (_, k) => Math.sin((2 * Math.PI * k) / size));
    const total = taps.reduce((sum, tap) => sum + Math.abs(tap), 0) || 1;
    const silent = (SILENT * total) ** 2, faint = (FAINT * total) ** 2;
    const [db, phase, delay] = [0, 1, 2].map(() => new Float64Array(bins.length));
    bins.forEach((bin, i) => {
      let re = 0, im = 0, weightedRe = 0, weightedIm = 0;
      for (let n = 0, k = 0; n < taps.length; n++, k = (k + bin) % size) {
        const x = taps[n] * cosines[k], y = taps[n] * sines[k];
        re += x; im -= y; weightedRe += n * x; weightedIm -= n * y;
      }
      const power = re * re + im * im;
      db[i] = 10 * Math.log10(Math.max(power, silent));
      phase[i] = power < silent ? 0 : Math.atan2(Math.abs(im) < REAL * Math.abs(re) ? 0 : im, re);
      delay[i] = power < faint ? 0 : (weightedRe * re + weightedIm * im) / power;
    });
    turn(phase, delay, bins, size);
    return { db, phase, delay: delay.map((taps_late) => 1000 * seconds * taps_late) };
  }

  /** Unwrap a phase by the delay, which says how far it turns from one bin to the next. */
  function turn(phase, delay, bins, size) {
    let turns = 0, angle = phase[0];
    for (let i = 1; i < phase.length; i++) {
      const expected = (-(((2 * Math.PI) / size) * (bins[i] - bins[i - 1])) * (delay[i] + delay[i - 1])) / 2;
      turns += Math.floor((expected - (phase[i] - angle)) / (2 * Math.PI) + 0.5);
      angle = phase[i];
      phase[i] += 2 * Math.PI * turns;
    }
  }

  /** Numbers of a result: the steps that it differs by, added to what was computed. */
  function corrected(codes, step, computed) {
    return Float64Array.from(codes, (code, i) => (code === UNKNOWN ? NaN : (code + whole(computed[i], step)) * step));
  }

  return { predict, corrected };
})();
