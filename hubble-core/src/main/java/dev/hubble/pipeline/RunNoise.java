// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Latents;
import dev.hubble.NoiseKind;
import dev.hubble.kernels.DType;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.random.NoiseSource;
import dev.hubble.random.PhiloxGenerator;
import dev.hubble.random.TorchGenerator;
import dev.hubble.schedulers.Noise;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongToIntFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// The noise of one run: one normal number per latent, each picture from its own generator, so that
/// it does not depend on what else is in the batch.
final class RunNoise implements Noise {
  static final int LATENT_CHANNELS = Latents.CHANNELS;

  private final Ops ops;
  private final Job job;
  private final int height;
  private final int width;
  private final @Nullable Latents given;
  private final List<NoiseSource> generators;

  /// @param height of the latents
  /// @param width of the latents
  /// @param given what to start from instead of the generators' first noise; null for that
  RunNoise(Ops ops, Job job, int height, int width, @Nullable Latents given) {
    this.ops = ops;
    this.job = job;
    this.height = height;
    this.width = width;
    this.given = given;
    this.generators = generators(Job.Image::seed);
  }

  /// The noise that the run starts from: drawn next, unless the run was given some, which costs no
  /// draw.
  Tensor initial() {
    if (given != null) {
      return upload(ops, given, job.images().size());
    }
    var each = new ArrayList<Tensor>();
    for (int i = 0; i < generators.size(); i++) {
      float[] x =
          InitialNoise.draw(
              job.images().get(i),
              generators.get(i),
              seed -> generator(job.noise(), seed),
              job.modes().seedSize(),
              height,
              width);
      each.add(upload(x));
    }
    return ops.batch(each.toArray(Tensor[]::new));
  }

  /// Latents as `[n,h,w,4]`; a single entry stands for all.
  static Tensor upload(Ops ops, Latents latents, int n) {
    int h = latents.height();
    int w = latents.width();
    float[] x = Layout.toChannelsLast(latents.values(), latents.count(), LATENT_CHANNELS, h, w);
    Tensor tensor = ops.upload(x, latents.count(), h, w, LATENT_CHANNELS);
    if (latents.count() == n) {
      return tensor;
    }
    return ops.batch(Collections.nCopies(n, tensor).toArray(Tensor[]::new));
  }

  private List<NoiseSource> generators(ToLongFunction<Job.Image> seed) {
    return job.images().stream()
        .map(image -> generator(job.noise(), seed.applyAsLong(image)))
        .toList();
  }

  /// A backend that computes in half precision is what asks diffusers for noise in half precision.
  private NoiseSource generator(NoiseKind kind, long seed) {
    return switch (kind) {
      case TORCH_CPU -> {
        var generator = new TorchGenerator(seed);
        yield ops.dtype() == DType.F32 ? generator : generator::randnHalf;
      }
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
      each.add(upload(source.randn(LATENT_CHANNELS * height * width)));
    }
    return ops.batch(each.toArray(Tensor[]::new));
  }

  private Tensor upload(float[] x) {
    return ops.upload(
        Layout.toChannelsLast(x, 1, LATENT_CHANNELS, height, width),
        1,
        height,
        width,
        LATENT_CHANNELS);
  }
}
