/* FLAC inside the page becomes WAV when it is played: Chromium cannot seek in short FLAC. */
CNNVIZ.pcm = (() => {
  const LOWEST_RATE = 8000;  // Hz a browser must decode to

  /** Address of the same sound in which every browser can seek. */
  async function seekable(address) {
    const [head, text] = address.split(",");
    if (head !== "data:audio/flac;base64") return address;
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    const own = (bytes[18] << 12) | (bytes[19] << 4) | (bytes[20] >> 4);  // Hz, of the stream's first block
    const decoder = new OfflineAudioContext(1, 1, Math.max(own, LOWEST_RATE));
    const sound = await decoder.decodeAudioData(bytes.buffer);
    return URL.createObjectURL(new Blob([wav(sound.getChannelData(0), sound.sampleRate)], { type: "audio/wav" }));
  }

  /** One channel of numbers in [-1, 1] as a WAV file of 16 bits. */
  function wav(samples, rate) {
    const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
    const word = (at, letters) => [...letters].forEach((sign, index) => view.setUint8(at + index, sign.charCodeAt(0)));
    const whole = (at, number) => view.setUint32(at, number, true);
    const half = (at, number) => view.setUint16(at, number, true);
    word(0, "RIFF"); whole(4, 36 + 2 * samples.length); word(8, "WAVEfmt "); whole(16, 16);
    half(20, 1); half(22, 1); whole(24, rate); whole(28, 2 * rate); half(32, 2); half(34, 16);
    word(36, "data"); whole(40, 2 * samples.length);
    samples.forEach((value, index) => {
      view.setInt16(44 + 2 * index, Math.max(-32768, Math.min(32767, Math.round(32768 * value))), true);
    });
    return view.buffer;
  }

  return { seekable, wav };
})();
