// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import static dev.hubble.schedulers.Runs.assertClose;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The full loops of diffusers' own scheduler tests, on their fixture: the numbers 0/768 to
/// 767/768.
///
/// They print four decimals of sums around 100, which is the tolerance here.
class DiffusersTestNumbersTest {
  private static final double TOLERANCE = 1e-5;

  private static final String PNDM =
      """
      {"_class_name": "PNDMScheduler", "num_train_timesteps": 1000,
       "beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear"%s}
      """;

  private static final String DDIM =
      """
      {"_class_name": "DDIMScheduler", "num_train_timesteps": 1000,
       "beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear", "clip_sample": true%s}
      """;

  @Test
  void pndmWithRungeKutta() {
    check(PNDM, "", 198.1318);
    check(PNDM, ", \"prediction_type\": \"v_prediction\"", 67.3986);
  }

  /// With this schedule `ᾱ` falls to 3e-7 and magnifies float's rounding a thousandfold: PyTorch
  /// itself gives 230.0345 on one machine and 230.0399 on another, 230.0369 in double. diffusers
  /// allows 1e-2 here.
  @Test
  void pndmWhereFloatIsCoarse() {
    String config = PNDM.replace("0.0001", "0.01");
    check(config, ", \"set_alpha_to_one\": true", 230.0399, 1e-2 / 230);
    check(config, ", \"set_alpha_to_one\": false", 186.9482, 1e-2 / 187);
  }

  @Test
  void ddimWithClipping() {
    check(DDIM, "", 172.0067);
    check(DDIM, ", \"prediction_type\": \"v_prediction\"", 52.5302);
    check(DDIM.replace("0.0001", "0.01"), ", \"set_alpha_to_one\": true", 149.8295);
    check(DDIM.replace("0.0001", "0.01"), ", \"set_alpha_to_one\": false", 149.0784);
  }

  @Test
  void ddimFromANoisyPicture() {
    SchedulerConfig config = SchedulerConfig.parse(DDIM.formatted(""));
    NoiseSchedule schedule = NoiseSchedule.of(config);
    Scheduler ddim = Schedulers.create(config, "", 10, 0);
    double a = schedule.alphaBar((int) ddim.timesteps()[8]);
    float[] picture = fixture();
    float[] noisy = new float[picture.length];
    for (int i = 0; i < noisy.length; i++) {
      float noise = picture[noisy.length - 1 - i];
      noisy[i] = (float) (Math.sqrt(a) * picture[i] + Math.sqrt(1 - a) * noise);
    }
    float[] end = Runs.run(ddim, noisy, Runs::dummyModel, Runs.NO_NOISE, 8, 10);
    assertClose("noisy", Runs.sumAbs(end), 354.5418, TOLERANCE);
  }

  private static final String FREE =
      """
      {"_class_name": "%s", "num_train_timesteps": %d,
       "beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear"%s}
      """;

  /// These tests of theirs give the scaled sample to `step`, so that the numbers are not those of a
  /// right loop; the arithmetic is the same. They print four decimals, and so the smaller sums are
  /// compared to one in the last of them.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          EulerDiscreteScheduler            | epsilon      |            | 10.0807
          EulerDiscreteScheduler            | epsilon      | -karras    | 124.5230
          EulerAncestralDiscreteScheduler   | epsilon      |            | 152.3192
          EulerAncestralDiscreteScheduler   | v_prediction |            | 108.4439
          HeunDiscreteScheduler             | epsilon      |            | 0.1233
          LMSDiscreteScheduler              | epsilon      |            | 1006.388
          LMSDiscreteScheduler              | epsilon      | -karras    | 3812.9927
          KDPM2DiscreteScheduler            | epsilon      |            | 20.4125
          KDPM2AncestralDiscreteScheduler   | epsilon      |            | 13979.9433
          KDPM2AncestralDiscreteScheduler   | v_prediction |            | 331.8133
          DPMSolverSDEScheduler             | epsilon      |            | 162.5238
          DPMSolverSDEScheduler             | v_prediction |            | 119.8488
          DPMSolverSDEScheduler             | epsilon      | -karras    | 170.3135
          """)
  void schedulersBySigma(String name, String prediction, String spacing, double expected) {
    var config =
        SchedulerConfig.parse(
            FREE.formatted(name, 1100, ", \"prediction_type\": \"" + prediction + "\""));
    var scheduler =
        Schedulers.create(
            config,
            Schedulers.create(config, "", 10, 0).name() + (spacing == null ? "" : spacing),
            10,
            0);
    float[] end = Runs.runScaled(scheduler, permutedFixture(), Runs.torchNoise(0, 768));
    assertClose(name, Runs.sumAbs(end), expected, Math.max(1e-5, 1e-4 / expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          DPMSolverMultistepScheduler | , "final_sigmas_type": "sigma_min", "lower_order_final": false | 0.3301
          DPMSolverMultistepScheduler | , "final_sigmas_type": "sigma_min", "lower_order_final": false, "prediction_type": "v_prediction" | 0.2251
          UniPCMultistepScheduler     | , "final_sigmas_type": "sigma_min" | 0.2464
          UniPCMultistepScheduler     | , "final_sigmas_type": "sigma_min", "use_karras_sigmas": true | 0.2925
          UniPCMultistepScheduler     | , "final_sigmas_type": "sigma_min", "prediction_type": "v_prediction" | 0.1014
          DEISMultistepScheduler      | | 0.23916
          """)
  void multistepSchedulersByMean(String name, String extra, double expected) {
    var config = SchedulerConfig.parse(FREE.formatted(name, 1000, extra == null ? "" : extra));
    float[] end =
        Runs.run(Schedulers.create(config, "", 10, 0), fixture(), Runs::dummyModel, Runs.NO_NOISE);
    // They print four decimals.
    assertClose(name, Runs.sumAbs(end) / 768, expected, 0.6e-4 / expected);
  }

  @ParameterizedTest
  @CsvSource({"1, 18.7097", "10, 197.7616"})
  void lcm(int steps, double expected) {
    var config = SchedulerConfig.parse("{\"_class_name\": \"LCMScheduler\"}");
    float[] end =
        Runs.run(
            Schedulers.create(config, "", steps, 0),
            permutedFixture(),
            Runs::dummyModel,
            Runs.torchNoise(0, 768));
    assertClose("lcm", Runs.sumAbs(end), expected, TOLERANCE);
  }

  @ParameterizedTest
  @CsvSource({"epsilon, 258.9606", "v_prediction, 202.0296"})
  void ddpmInAThousandSteps(String prediction, double expected) {
    var config =
        SchedulerConfig.parse(
            FREE.formatted("DDPMScheduler", 1000, ", \"prediction_type\": \"" + prediction + "\""));
    float[] end =
        Runs.run(
            Schedulers.create(config, "", 1000, 0),
            permutedFixture(),
            Runs::dummyModel,
            Runs.torchNoise(0, 768));
    assertClose("ddpm", Runs.sumAbs(end), expected, TOLERANCE);
  }

  /// Runs that start from a picture with noise in it.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          DPMSolverMultistepScheduler | 5 | , "final_sigmas_type": "sigma_min", "lower_order_final": false | 318.4111
          UniPCMultistepScheduler     | 8 | , "final_sigmas_type": "sigma_min" | 315.5757
          DEISMultistepScheduler      | 8 | | 315.3016
          """)
  void fromANoisyPicture(String name, int first, String extra, double expected) {
    var config = SchedulerConfig.parse(FREE.formatted(name, 1000, extra == null ? "" : extra));
    var scheduler = Schedulers.create(config, "", 10, 0);
    float[] noisy =
        scheduler
            .addNoise(HostOps.tensor(fixture()), HostOps.tensor(reversedFixture()), first)
            .toArray();
    float[] end = Runs.run(scheduler, noisy, Runs::dummyModel, Runs.NO_NOISE, first, 10);
    assertClose(name, Runs.sumAbs(end), expected, TOLERANCE);
  }

  private static float[] reversedFixture() {
    float[] noise = new float[768];
    for (int i = 0; i < 768; i++) {
      noise[i] = (767 - i) / 768f;
    }
    return noise;
  }

  /// In the order in which noise is drawn, `[4,3,8,8]`; the fixture is made as `[3,8,8,4]`.
  private static float[] permutedFixture() {
    float[] sample = new float[768];
    for (int i = 0; i < 768; i++) {
      sample[i % 4 * 192 + i / 4] = i / 768f;
    }
    return sample;
  }

  private static void check(String config, String extra, double expected) {
    check(config, extra, expected, TOLERANCE);
  }

  private static void check(String config, String extra, double expected, double tolerance) {
    Scheduler scheduler =
        Schedulers.create(SchedulerConfig.parse(config.formatted(extra)), "", 10, 0);
    float[] end = Runs.run(scheduler, fixture(), Runs::dummyModel, Runs.NO_NOISE);
    assertClose(scheduler.name() + extra, Runs.sumAbs(end), expected, tolerance);
  }

  private static float[] fixture() {
    float[] sample = new float[768];
    for (int i = 0; i < 768; i++) {
      sample[i] = i / 768f;
    }
    return sample;
  }
}
