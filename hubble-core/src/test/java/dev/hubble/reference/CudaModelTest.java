// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.DType;
import dev.hubble.kernels.Ops;
import dev.hubble.model.Model;
import dev.hubble.nn.Observer;
import dev.hubble.weights.TensorStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The tiny model on the cuda backend, from the driver's calls to the kernels, on a driver that
/// runs them on the CPU.
class CudaModelTest {
  private static final int STEPS = 4;
  // Every fourth: emulated, a call takes seconds.
  private static final int STRIDE = 4;
  private static final Observer NOBODY = (layer, x) -> {};

  @BeforeAll
  static void loadTheMockDriver() {
    MockGpu.load();
  }

  /// The call that diffusers has recorded, and calls on latents of a run, for which the cpu backend
  /// is the reference (it is within 5e-5 of diffusers itself).
  @ParameterizedTest
  @CsvSource({"F32, 1e-4", "F16, 3e-3", "BF16, 1e-2"})
  void everyUNetCallIsNearFloat32(DType dtype, double limit) {
    try (var gpu = open(dtype);
        var cpu = Reference.open("cpu");
        var call = Reference.store("tiny-sd.unet.safetensors");
        var run = Reference.store("tiny-sd.txt2img.safetensors")) {
      var here = Reference.tinySd(gpu);
      var there = Reference.tinySd(cpu);
      float[] text = Reference.floats(call, "text_hidden");
      Reference.assertClose(
          dtype + " noise_pred",
          unet(here, text, Reference.channelsLast(call, "sample"), 981),
          Reference.channelsLast(call, "noise_pred"),
          limit);
      var latents = latents(run);
      for (int i = 0; i < latents.size(); i += STRIDE) {
        float[] sample = twice(latents.get(i));
        float timestep = 900 - 90 * i;
        Reference.assertClose(
            dtype + " UNet at " + timestep,
            unet(here, text, sample, timestep),
            unet(there, text, sample, timestep),
            limit);
      }
    }
  }

  /// From the prompt to the picture.
  @ParameterizedTest
  @CsvSource({"F32, 1e-4, 100", "F16, 3e-3, 55", "BF16, 5e-3, 50"})
  void aRunDrawsThePicture(DType dtype, double limit, double decibels) {
    try (var ops = open(dtype);
        var expected = Reference.store("tiny-sd.no-guidance.safetensors")) {
      var run = PipelineTest.run(Reference.tinySd(ops), PipelineTest.job(STEPS, 1, ""));
      Reference.assertClose(
          dtype + " latents",
          run.latents().getLast(),
          Reference.floats(expected, "latents"),
          limit);
      double psnr = psnr(run.images(), Reference.floats(expected, "images"));
      System.out.printf("%-60s PSNR %.1f dB%n", dtype + " picture", psnr);
      assertThat(psnr).isGreaterThan(decibels);
    }
  }

  private static Ops open(DType dtype) {
    return Backends.open("cuda", new Backends.Options(0).dtype(dtype));
  }

  private static float[] unet(Model model, float[] text, float[] sample, float timestep) {
    var ops = model.ops();
    try (var _ = ops.openScope()) {
      var constants = model.unet().prepare(ops.upload(text, 2, 77, 32), new float[] {timestep});
      return model.unet().apply(ops.upload(sample, 2, 16, 16, 4), constants, 0, NOBODY).toArray();
    }
  }

  private static float[] channelsFirst(TensorStore run, int call) {
    float[] all = Reference.floats(run, "latents");
    int each = 4 * 16 * 16;
    return Arrays.copyOfRange(all, call * each, (call + 1) * each);
  }

  /// The latents after each call, channels last.
  private static List<float[]> latents(TensorStore run) {
    var all = new ArrayList<float[]>();
    int calls = Reference.floats(run, "latents").length / (4 * 16 * 16);
    for (int i = 0; i < calls; i++) {
      all.add(Reference.channelsLast(channelsFirst(run, i), 1, 4, 16, 16));
    }
    return all;
  }

  private static float[] twice(float[] x) {
    float[] y = Arrays.copyOf(x, 2 * x.length);
    System.arraycopy(x, 0, y, x.length, x.length);
    return y;
  }

  /// Of pictures whose values go from 0 to 1; NaN if any is NaN.
  private static double psnr(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double sum = 0;
    for (int i = 0; i < actual.length; i++) {
      sum += Math.pow((double) actual[i] - expected[i], 2);
    }
    return -10 * Math.log10(sum / actual.length);
  }
}
