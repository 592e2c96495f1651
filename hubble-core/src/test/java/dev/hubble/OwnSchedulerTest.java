// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.Tensor;
import dev.hubble.schedulers.Noise;
import dev.hubble.schedulers.NoiseSchedule;
import dev.hubble.schedulers.Route;
import dev.hubble.schedulers.Scheduler;
import dev.hubble.schedulers.SchedulerConfig;
import org.junit.jupiter.api.Test;

/// A scheduler that somebody else wrote, with nothing but what is public. The guide shows it.
class OwnSchedulerTest {
  /// DDIM in a few lines.
  static final class MyDdim implements Scheduler {
    private final NoiseSchedule schedule;
    private final int[] times;

    MyDdim(SchedulerConfig config, Route route) {
      schedule = NoiseSchedule.of(config);
      times = route.times(config, "leading", name());
    }

    @Override
    public String name() {
      return "my-ddim";
    }

    @Override
    public float[] timesteps() {
      float[] floats = new float[times.length];
      for (int i = 0; i < times.length; i++) {
        floats[i] = times[i];
      }
      return floats;
    }

    @Override
    public float initNoiseSigma() {
      return 1;
    }

    @Override
    public Tensor addNoise(Tensor picture, Tensor noise, int call) {
      double a = schedule.alphaBar(times[call]);
      return mix(Math.sqrt(a), picture, Math.sqrt(1 - a), noise);
    }

    @Override
    public Tensor step(int call, Tensor e, Tensor x, Noise noise) {
      double a = schedule.alphaBar(times[call]);
      double next = schedule.alphaBar(call + 1 < times.length ? times[call + 1] : 0);
      double keep = Math.sqrt(next / a);
      return mix(keep, x, Math.sqrt(1 - next) - keep * Math.sqrt(1 - a), e);
    }

    private static Tensor mix(double u, Tensor x, double v, Tensor y) {
      return x.ops().weightedSum(new float[] {(float) u, (float) v}, x, y);
    }
  }

  @Test
  void itDrawsWhatItsMakerMeant() {
    try (var hubble = Hubble.mini()) {
      var request = Request.of("a comet").seed(3).steps(3);
      var mine =
          hubble.generate(request.scheduler((config, route, eta) -> new MyDdim(config, route)));
      assertThat(mine.scheduler()).isEqualTo("my-ddim");
      assertThat(mine.timings().unet()).hasSize(3);
      float[] ours = mine.latents().values();
      float[] theirs = hubble.generate(request.scheduler("ddim")).latents().values();
      for (int i = 0; i < ours.length; i++) {
        assertThat(Math.abs(ours[i] - theirs[i])).isLessThanOrEqualTo(1e-4f);
      }
      // And in every mode that a built-in one has.
      var second =
          hubble.generate(
              request
                  .scheduler((config, route, eta) -> new MyDdim(config, route))
                  .hires(Hires.of(1.5).steps(1)));
      assertThat(second.image().getWidth()).isEqualTo(192);
    }
  }
}
