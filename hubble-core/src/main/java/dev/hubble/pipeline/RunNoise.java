// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.NoiseKind;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.random.NoiseSource;
import dev.hubble.random.PhiloxGenerator;
import dev.hubble.random.TorchGenerator;
import dev.hubble.schedulers.Noise;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToIntFunction;
import java.util.function.ToLongFunction;

/// The noise of one run: one normal number per latent, each picture from its own generator, so that
/// it does not depend on what else is in the batch.
final class RunNoise implements Noise {
  static final int LATENT_CHANNELS = 4;

  private final Ops ops;
  private final Job job;
  private final int height;
  private final int width;
  private final List<NoiseSource> generators;

  /// @param height of the latents
  /// @param width of the latents
  RunNoise(Ops ops, Job job, int height, int width) {
    this.ops = ops;
    this.job = job;
    this.height = height;
    this.width = width;
    this.generators = generators(Job.Image::seed);
  }

  private List<NoiseSource> generators(ToLongFunction<Job.Image> seed) {
    return job.images().stream()
        .map(image -> generator(job.noise(), seed.applyAsLong(image)))
        .toList();
  }

  private static NoiseSource generator(NoiseKind kind, long seed) {
    return switch (kind) {
      case TORCH_CPU -> new TorchGenerator(seed);
      case TORCH_CUDA -> new PhiloxGenerator(seed);
    };
  }

  @Override
  public Tensor get() {
    return draw(generators);
  }

  /// Draws noise that nobody looks at.
  void skip() {
    for (var generator : generators) {
      float[] _ = generator.randn(LATENT_CHANNELS * height * width);
    }
  }

  @Override
  public Tensor fresh(LongToIntFunction generatorSeed) {
    return draw(
        generators(image -> Integer.toUnsignedLong(generatorSeed.applyAsInt(image.seed()))));
  }

  /// `[N,h,w,4]`.
  private Tensor draw(List<NoiseSource> sources) {
    var each = new ArrayList<Tensor>();
    for (var source : sources) {
      float[] x = source.randn(LATENT_CHANNELS * height * width);
      each.add(
          ops.upload(
              Layout.toChannelsLast(x, 1, LATENT_CHANNELS, height, width),
              1,
              height,
              width,
              LATENT_CHANNELS));
    }
    return ops.batch(each.toArray(Tensor[]::new));
  }
}
