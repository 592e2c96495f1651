// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import static dev.hubble.schedulers.Runs.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.kernels.Tensor;
import dev.hubble.random.TorchGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Cases whose answer is known without another program.
class ClosedFormTest {

  @ParameterizedTest
  @CsvSource({"pndm,epsilon", "pndm,v_prediction", "ddim,epsilon", "ddim,v_prediction"})
  void oneStepWithTheTrueNoiseRecoversThePicture(String name, String prediction) {
    SchedulerConfig config = config(prediction, true);
    Scheduler scheduler = Schedulers.create(config, name, 1, 0);
    int t = (int) scheduler.timesteps()[0];
    double a = NoiseSchedule.of(config).alphaBar(t);
    float[] picture = new TorchGenerator(3).randn(64);
    float[] noise = new TorchGenerator(4).randn(64);
    float[] noisy = mix(Math.sqrt(a), picture, Math.sqrt(1 - a), noise);
    float[] answer =
        prediction.equals("epsilon") ? noise : mix(Math.sqrt(a), noise, -Math.sqrt(1 - a), picture);
    float[] end = Runs.run(scheduler, noisy, (x, time) -> answer, Runs.NO_NOISE);
    for (int i = 0; i < 64; i++) {
      assertThat(Math.abs(end[i] - picture[i])).isLessThanOrEqualTo(2e-6f);
    }
  }

  /// With the true noise at every call, any number of steps stays on the line from noise to
  /// picture, and ends at the first time's share of it.
  @ParameterizedTest
  @CsvSource({"pndm,7", "ddim,7", "pndm,50", "ddim,50"})
  void theTrueNoiseLeadsStraightBack(String name, int steps) {
    SchedulerConfig config = config("epsilon", false);
    NoiseSchedule schedule = NoiseSchedule.of(config);
    Scheduler scheduler = Schedulers.create(config, name, steps, 0);
    double a = schedule.alphaBar((int) scheduler.timesteps()[0]);
    float[] picture = new TorchGenerator(3).randn(64);
    float[] noise = new TorchGenerator(4).randn(64);
    float[] end =
        Runs.run(
            scheduler,
            mix(Math.sqrt(a), picture, Math.sqrt(1 - a), noise),
            (x, time) -> noise,
            Runs.NO_NOISE);
    double first = schedule.alphaBar(0);
    float[] expected = mix(Math.sqrt(first), picture, Math.sqrt(1 - first), noise);
    for (int i = 0; i < 64; i++) {
      assertThat(Math.abs(end[i] - expected[i])).isLessThanOrEqualTo(3e-5f);
    }
  }

  /// If all pictures are normal with deviation 1/2, the noise in a sample is best guessed as
  /// `√(1-ᾱ) x / (ᾱ/4 + 1-ᾱ)`, and the way back scales the sample as its deviation falls.
  @Test
  void moreStepsComeCloserToTheExactSolution() {
    double ddim20 = gaussianError("ddim", 20);
    double ddim40 = gaussianError("ddim", 40);
    double ddim80 = gaussianError("ddim", 80);
    // First order: twice the steps, half the error.
    assertThat(ddim20 / ddim40).isBetween(1.7, 2.5);
    assertThat(ddim40 / ddim80).isBetween(1.7, 2.5);
    // PNDM is of higher order: better from the start, and the more so the more steps there are.
    assertThat(ddim20 / gaussianError("pndm", 20)).isGreaterThan(4);
    assertThat(ddim80 / gaussianError("pndm", 80)).isGreaterThan(7);
  }

  private static double gaussianError(String name, int steps) {
    SchedulerConfig config = config("epsilon", false);
    NoiseSchedule schedule = NoiseSchedule.of(config);
    Scheduler scheduler = Schedulers.create(config, name, steps, 0);
    int start = (int) scheduler.timesteps()[0];
    float[] end =
        Runs.run(
            scheduler,
            new float[] {1},
            (x, time) -> {
              double a = schedule.alphaBar((int) time);
              return new float[] {(float) (Math.sqrt(1 - a) * x[0] / variance(a))};
            },
            Runs.NO_NOISE);
    double expected =
        Math.sqrt(variance(schedule.alphaBar(0)) / variance(schedule.alphaBar(start)));
    return Math.abs(end[0] - expected);
  }

  private static double variance(double a) {
    return a / 4 + 1 - a;
  }

  /// η = 1 makes DDIM's step DDPM's: mean and deviation of the posterior `q(x'|x, x₀)`.
  @Test
  void ddimWithFullNoiseIsDdpm() {
    SchedulerConfig config = config("epsilon", true);
    NoiseSchedule schedule = NoiseSchedule.of(config);
    Scheduler ddim = Schedulers.create(config, "ddim", 10, 1);
    double a = schedule.alphaBar((int) ddim.timesteps()[2]);
    double aNext = schedule.alphaBar((int) ddim.timesteps()[2] - 100);
    double x = 0.3;
    double e = -0.7;
    double z = 1.1;
    double x0 = (x - Math.sqrt(1 - a) * e) / Math.sqrt(a);
    double alpha = a / aNext;
    double mean =
        Math.sqrt(aNext) * (1 - alpha) / (1 - a) * x0
            + Math.sqrt(alpha) * (1 - aNext) / (1 - a) * x;
    double deviation = Math.sqrt((1 - aNext) / (1 - a) * (1 - alpha));
    Tensor next = ddim.step(2, one(e), one(x), () -> one(z));
    assertClose("x'", next.toArray()[0], mean + deviation * z, 1e-6);
  }

  /// LCM's step (Luo et al., 2023, arXiv:2310.04378, algorithm 3): the consistency function, which
  /// is the sample itself at time 0, and fresh noise of the next time.
  @Test
  void lcmIsAConsistencyFunctionAndFreshNoise() {
    SchedulerConfig config = config("epsilon", true);
    NoiseSchedule schedule = NoiseSchedule.of(config);
    Scheduler lcm = Schedulers.create(config, "lcm", 4, 0);
    assertThat(lcm.timesteps()).containsExactly(999, 759, 499, 259);
    double a = schedule.alphaBar(499);
    double aNext = schedule.alphaBar(259);
    double x = 0.3;
    double e = -0.7;
    double z = 1.1;
    double s = 10.0 * 499;
    double skip = 0.25 / (s * s + 0.25);
    double out = s / Math.sqrt(s * s + 0.25);
    double picture = skip * x + out * (x - Math.sqrt(1 - a) * e) / Math.sqrt(a);
    assertClose(
        "x'",
        lcm.step(2, one(e), one(x), () -> one(z)).toArray()[0],
        Math.sqrt(aNext) * picture + Math.sqrt(1 - aNext) * z,
        1e-6);
    // The last step adds nothing.
    a = schedule.alphaBar(259);
    s = 10.0 * 259;
    assertClose(
        "end",
        lcm.step(3, one(e), one(x), Runs.NO_NOISE).toArray()[0],
        0.25 / (s * s + 0.25) * x
            + s / Math.sqrt(s * s + 0.25) * (x - Math.sqrt(1 - a) * e) / Math.sqrt(a),
        1e-6);
  }

  @Test
  void ddimClipsThePictureAtTheRangeOfTheConfiguration() {
    SchedulerConfig config =
        SchedulerConfig.parse(
            """
            {"_class_name": "DDIMScheduler", "clip_sample": true, "clip_sample_range": 0.5}
            """);
    Scheduler ddim = Schedulers.create(config, "", 1, 0);
    // The last step ends at the picture itself.
    assertThat(ddim.step(0, one(0), one(4), Runs.NO_NOISE).toArray()[0]).isEqualTo(0.5f);
    assertThat(ddim.step(0, one(0), one(-4), Runs.NO_NOISE).toArray()[0]).isEqualTo(-0.5f);
  }

  @Test
  void aStepDoesNotLoseNaN() {
    for (String name : Schedulers.names()) {
      Scheduler scheduler = Schedulers.create(config("epsilon", false), name, 2, 0);
      float[] next = scheduler.step(0, one(Double.NaN), one(1), Runs.torchNoise(0, 1)).toArray();
      assertThat(next[0]).isNaN();
    }
  }

  @Test
  void pndmInsistsOnItsOrderOfCalls() {
    Scheduler pndm = Schedulers.create(config("epsilon", false), "pndm", 5, 0);
    pndm.step(0, one(1), one(1), Runs.NO_NOISE);
    assertThatThrownBy(() -> pndm.step(0, one(1), one(1), Runs.NO_NOISE))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> pndm.step(2, one(1), one(1), Runs.NO_NOISE))
        .isInstanceOf(IllegalStateException.class);
  }

  /// As diffusers does for image to image: the counter starts with the run, not with the list.
  @Test
  void pndmStartsAnywhere() {
    SchedulerConfig config = config("epsilon", false);
    NoiseSchedule schedule = NoiseSchedule.of(config);
    Scheduler pndm = Schedulers.create(config, "pndm", 10, 0);
    float[] times = pndm.timesteps();
    Tensor e0 = one(0.4);
    Tensor e1 = one(0.2);
    Tensor start = one(1);
    Tensor x1 = pndm.step(5, e0, start, Runs.NO_NOISE);
    assertClose(
        "plain", x1.toArray()[0], move(schedule, (int) times[5], (int) times[6], 1, 0.4), 1e-6);
    Tensor x2 = pndm.step(6, e1, x1, Runs.NO_NOISE);
    assertClose(
        "again with the mean",
        x2.toArray()[0],
        move(schedule, (int) times[5], (int) times[6], 1, 0.3),
        1e-6);
  }

  /// DDIM's step, which PNDM's formula only writes differently.
  private static double move(NoiseSchedule schedule, int from, int to, double x, double e) {
    double a = schedule.alphaBar(from);
    double b = schedule.alphaBar(to);
    return Math.sqrt(b) * (x - Math.sqrt(1 - a) * e) / Math.sqrt(a) + Math.sqrt(1 - b) * e;
  }

  private static Tensor one(double value) {
    return HostOps.tensor(new float[] {(float) value});
  }

  private static float[] mix(double u, float[] x, double v, float[] y) {
    float[] sum = new float[x.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = (float) (u * x[i] + v * y[i]);
    }
    return sum;
  }

  private static SchedulerConfig config(String prediction, boolean alphaToOne) {
    return SchedulerConfig.parse(
        """
        {"_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012,
         "beta_schedule": "scaled_linear", "skip_prk_steps": true, "clip_sample": false,
         "prediction_type": "%s", "set_alpha_to_one": %s}
        """
            .formatted(prediction, alphaToOne));
  }
}
