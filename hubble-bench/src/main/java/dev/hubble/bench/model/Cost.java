// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Observer;
import dev.hubble.unet.Constants;
import dev.hubble.unet.UNet;

/// How much arithmetic the full-size networks are, counted by running them on [ShapeOps]. What is
/// prepared once per picture (text, times, the prompt's keys and values) is not counted in a step.
public final class Cost {
  private static final int WORDS = 77;
  private static final int TEXT_WIDTH = 768;

  private Cost() {}

  /// One guided step for pictures of `size x size` pixels, see [#guidedStep(UNet, Constants,
  /// Tensor)].
  public static double ofGuidedStep(int size, int batch) {
    var ops = new ShapeOps();
    var unet = FullSize.unet(ops);
    var constants = prepare(ops, unet, batch);
    double before = ops.flops();
    guidedStep(unet, constants, latents(ops, size, batch));
    return ops.flops() - before;
  }

  /// Decoding one picture of `size x size` pixels.
  public static double ofDecoding(int size) {
    var ops = new ShapeOps();
    var decoder = FullSize.vaeDecoder(ops);
    decoder.apply(latents(ops, size, 1), Observer.NONE);
    return ops.flops();
  }

  /// Encoding one prompt.
  public static double ofText() {
    var ops = new ShapeOps();
    FullSize.textEncoder(ops).apply(new int[WORDS], Observer.NONE);
    return ops.flops();
  }

  /// What a run prepares: every picture of the batch once without and once with a prompt, one time
  /// step.
  public static Constants prepare(Ops ops, UNet unet, int batch) {
    int size = 2 * batch * WORDS * TEXT_WIDTH;
    var text = ops.upload(Formula.uniform("text", size), 2 * batch, WORDS, TEXT_WIDTH);
    return unet.prepare(text, new float[] {981});
  }

  /// Latents of noise.
  public static Tensor latents(Ops ops, int size, int batch) {
    int side = size / 8;
    return ops.upload(Formula.uniform("latents", batch * side * side * 4), batch, side, side, 4);
  }

  /// One step with guidance: the UNet on both halves of the batch, then the two predictions
  /// combined. What the halves have in common is computed once.
  public static Tensor guidedStep(UNet unet, Constants constants, Tensor latents) {
    var ops = latents.ops();
    int batch = latents.dim(0);
    var noise = unet.apply(latents, constants, 0, Observer.NONE);
    return ops.weightedSum(
        new float[] {-6.5f, 7.5f}, ops.slice(noise, 0, batch), ops.slice(noise, batch, 2 * batch));
  }
}
