// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

/// [Ops#frame] on the host.
final class Frame {
  private Frame() {}

  static Tensor of(Tensor x, boolean wrapRows, boolean wrapColumns) {
    if (x.shape().rank() != 4 || x.shape().size() == 0) {
      throw new IllegalArgumentException(
          "frame: x must be an image [N,H,W,C] with pixels, but given " + x.shape());
    }
    int n = x.dim(0);
    int h = x.dim(1);
    int w = x.dim(2);
    int c = x.dim(3);
    float[] from = x.toArray();
    float[] into = new float[Math.multiplyExact(n * (h + 2), (w + 2) * c)];
    for (int i = 0; i < n; i++) {
      for (int p = -1; p <= h; p++) {
        if ((p < 0 || p >= h) && !wrapRows) {
          continue;
        }
        int source = (i * h + Math.floorMod(p, h)) * w * c;
        int at = (i * (h + 2) + p + 1) * (w + 2) * c;
        System.arraycopy(from, source, into, at + c, w * c);
        if (wrapColumns) {
          System.arraycopy(from, source + (w - 1) * c, into, at, c);
          System.arraycopy(from, source, into, at + (w + 1) * c, c);
        }
      }
    }
    return x.ops().upload(into, n, h + 2, w + 2, c);
  }
}
