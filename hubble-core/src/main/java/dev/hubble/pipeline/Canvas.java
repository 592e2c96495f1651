// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import static java.util.Objects.requireNonNull;

import dev.hubble.HubbleException;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.schedulers.Scheduler;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/// What a pass starts from, and what of it stays: noise alone, a picture, or a picture with a mask.
///
/// A picture's latents get the noise of a later step, and the run takes it away again (SDEdit, Meng
/// et al., 2021, arXiv:2108.01073). Inpainting with an ordinary UNet puts the picture's own latents
/// back after every step, with the noise of that step, wherever it is to stay (Lugmayr et al.,
/// 2022, arXiv:2201.09865, without their repetitions). A UNet that was trained for inpainting sees
/// mask and picture beside the latents (Rombach et al., 2021, arXiv:2112.10752, section 4.5), and
/// nothing is put back.
final class Canvas {
  /// Latents, mask, and latents of the picture with a hole.
  static final int INPAINTING_CHANNELS = 2 * RunNoise.LATENT_CHANNELS + 1;

  private final Scheduler scheduler;
  private final int firstCall;
  private final RunNoise generators;
  private final Tensor noise;
  private final Tensor start;

  /// What is put back, and where not; null if all is drawn anew.
  private final @Nullable Tensor picture;

  private final float @Nullable [] mask;

  /// What the UNet sees beside the latents; null for an ordinary one.
  private final @Nullable Tensor beside;

  /// @param begin the latents that the pass starts from, under noise; null for noise alone
  /// @param kept what is put back where `mask` is 0
  private Canvas(
      Scheduler scheduler,
      int firstStep,
      RunNoise generators,
      Tensor noise,
      @Nullable Tensor begin,
      @Nullable Tensor kept,
      float @Nullable [] mask,
      @Nullable Tensor beside) {
    this.scheduler = scheduler;
    this.firstCall = scheduler.callOfStep(firstStep);
    this.generators = generators;
    this.noise = noise;
    this.start =
        begin == null
            ? noise.ops().weightedSum(new float[] {scheduler.initNoiseSigma()}, noise)
            : scheduler.addNoise(begin, noise, firstCall);
    this.picture = mask == null ? null : kept;
    this.mask = mask;
    this.beside = beside;
  }

  /// A pass from noise alone.
  static Canvas blank(Scheduler scheduler, RunNoise generators) {
    return new Canvas(scheduler, 0, generators, generators.initial(), null, null, null, null);
  }

  /// A pass from latents, `[N,h,w,4]`.
  static Canvas of(Tensor latents, Scheduler scheduler, int firstStep, RunNoise generators) {
    return new Canvas(
        scheduler, firstStep, generators, generators.initial(), latents, null, null, null);
  }

  /// A pass from a picture. Draws noise in the order of diffusers: for the picture's latents, for
  /// the run, and with a mask once more for the latents of the picture with a hole, which only a
  /// UNet for inpainting looks at.
  static Canvas of(
      StartImage image,
      Job job,
      Scheduler scheduler,
      int firstStep,
      RunNoise generators,
      VaeStage vae,
      int unetChannels) {
    boolean forInpainting = unetChannels == INPAINTING_CHANNELS;
    var size = new Size(job.height(), job.width());
    // A UNet for inpainting has no use for the picture's latents if the run starts from noise.
    Tensor picture =
        forInpainting && image.strength() == 1 ? null : latents(image, job, size, generators, vae);
    boolean fromNoise = image.mask() != null && firstStep == 0;
    var begin = fromNoise ? null : picture;
    return masked(image, size, begin, picture, scheduler, firstStep, generators, vae, unetChannels);
  }

  /// The second pass of a run with a mask: from what the first one drew, with the picture, as large
  /// as the result, put back where it is to stay.
  ///
  /// @param begin what the first pass drew, enlarged, `[N,h,w,4]`
  /// @param image what the first pass started from, enlarged
  static Canvas again(
      Tensor begin,
      StartImage image,
      Job job,
      Scheduler scheduler,
      int firstStep,
      RunNoise generators,
      VaeStage vae,
      int unetChannels) {
    var size = new Size(job.finalHeight(), job.finalWidth());
    Tensor kept =
        unetChannels == INPAINTING_CHANNELS ? null : latents(image, job, size, generators, vae);
    return masked(image, size, begin, kept, scheduler, firstStep, generators, vae, unetChannels);
  }

  /// In pixels.
  private record Size(int height, int width) {}

  private static Canvas masked(
      StartImage image,
      Size size,
      @Nullable Tensor begin,
      @Nullable Tensor kept,
      Scheduler scheduler,
      int firstStep,
      RunNoise generators,
      VaeStage vae,
      int unetChannels) {
    float[] full = image.mask();
    float[] mask = full == null ? null : shrink(full, size.height, size.width);
    Tensor noise = generators.initial();
    if (unetChannels != INPAINTING_CHANNELS) {
      if (mask != null) {
        generators.skip();
      }
      return new Canvas(scheduler, firstStep, generators, noise, begin, kept, mask, null);
    }
    check(unetChannels, image);
    float[] pixels = requireNonNull(image.pixels()).clone();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] *= 1 - requireNonNull(full)[i / 3];
    }
    Tensor hole = vae.encode(pixels, size.height, size.width, generators.get());
    Ops ops = hole.ops();
    int n = hole.dim(0);
    Tensor one = ops.upload(requireNonNull(mask), 1, hole.dim(1), hole.dim(2), 1);
    Tensor masks = ops.batch(Collections.nCopies(n, one).toArray(Tensor[]::new));
    return new Canvas(
        scheduler, firstStep, generators, noise, begin, kept, null, ops.concat(masks, hole));
  }

  /// Refuses a UNet for inpainting where there is nothing to be filled in.
  static void check(int unetChannels, @Nullable StartImage image) {
    if (unetChannels == INPAINTING_CHANNELS
        && (image == null || image.pixels() == null || image.mask() == null)) {
      throw new HubbleException.BadRequest(
          "This model was trained for inpainting: give it an initial picture, as pixels, and a mask.");
    }
  }

  /// The picture's latents, once for each picture of the batch.
  private static Tensor latents(
      StartImage image, Job job, Size size, RunNoise generators, VaeStage vae) {
    if (image.latents() != null) {
      return RunNoise.upload(vae.ops(), image.latents(), job.images().size());
    }
    if (image.pixels() == null) {
      throw new IllegalArgumentException("a start image of nothing");
    }
    return vae.encode(image.pixels(), size.height, size.width, generators.get());
  }

  /// Where the scheduler gets noise on the way.
  RunNoise fresh() {
    return generators;
  }

  int firstCall() {
    return firstCall;
  }

  Scheduler scheduler() {
    return scheduler;
  }

  /// The latents that the pass starts from.
  Tensor start() {
    return start;
  }

  /// What the UNet is to see besides `seen`, next to it.
  Tensor beside(Tensor seen) {
    return beside == null ? seen : seen.ops().concat(seen, beside);
  }

  /// The latents after call `call`, with what is to stay put back.
  Tensor putBack(Tensor latents, int call, int calls) {
    if (mask == null || picture == null) {
      return latents;
    }
    Tensor old = call + 1 < calls ? scheduler.addNoise(picture, noise, call + 1) : picture;
    float[] x = latents.toArray();
    float[] stays = old.toArray();
    for (int i = 0; i < x.length; i++) {
      float m = mask[i / RunNoise.LATENT_CHANNELS % mask.length];
      x[i] = (1 - m) * stays[i] + m * x[i];
    }
    return latents.ops().upload(x, latents.shape().toArray());
  }

  /// The mask of the latents: the pixel in the corner of each.
  private static float[] shrink(float[] mask, int height, int width) {
    int scale = TextToImage.LATENT_SCALE;
    float[] small = new float[height / scale * (width / scale)];
    int at = 0;
    for (int y = 0; y < height; y += scale) {
      for (int x = 0; x < width; x += scale) {
        small[at++] = mask[y * width + x];
      }
    }
    return small;
  }
}
