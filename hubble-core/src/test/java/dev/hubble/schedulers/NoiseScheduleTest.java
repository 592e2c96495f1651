// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.HubbleException;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FloatingPointLiteralPrecision") // as the reference prints them
class NoiseScheduleTest {
  @Test
  void isTorchsToTheLastBitForStableDiffusion() {
    NoiseSchedule schedule = NoiseSchedule.of(Runs.sdV1());
    assertThat(schedule.trainTimesteps()).isEqualTo(1000);
    assertAlphaBar(schedule, 0, 0.999149978f);
    assertAlphaBar(schedule, 1, 0.998296022f);
    assertAlphaBar(schedule, 20, 0.981314301f);
    assertAlphaBar(schedule, 500, 0.276332468f);
    assertAlphaBar(schedule, 961, 0.00728172204f);
    assertAlphaBar(schedule, 981, 0.0057754959f);
    assertAlphaBar(schedule, 999, 0.00466009509f);
    assertThat(schedule.sigma(999)).isEqualTo(14.6146469f);
    assertThat(schedule.sigma(0)).isEqualTo(0.0291675329f);
    assertThat(schedule.sigma(981)).isEqualTo(13.1204157f);
  }

  @Test
  void isTorchsToTheLastBitForLinearBetas() {
    NoiseSchedule schedule = schedule("\"beta_schedule\": \"linear\"");
    assertAlphaBar(schedule, 0, 0.9998999834060669f);
    assertAlphaBar(schedule, 1, 0.9997800588607788f);
    assertAlphaBar(schedule, 20, 0.9937353134155273f);
    assertAlphaBar(schedule, 500, 0.07779665291309357f);
    assertAlphaBar(schedule, 961, 8.573097147746012e-05f);
    assertAlphaBar(schedule, 981, 5.7877939980244264e-05f);
    assertAlphaBar(schedule, 999, 4.035830352222547e-05f);
  }

  @Test
  void followsTheCosine() {
    NoiseSchedule schedule = schedule("\"beta_schedule\": \"squaredcos_cap_v2\"");
    for (int t = 0; t < 999; t++) {
      double time = (t + 1) / 1000.;
      double cos = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
      double start = Math.cos(0.008 / 1.008 * Math.PI / 2);
      double expected = cos * cos / (start * start);
      assertThat(Math.abs(schedule.alphaBar(t) - expected)).isLessThanOrEqualTo(1e-6);
    }
    // The last step would take everything; it is held back at 0.999.
    assertThat(schedule.alphaBar(999) / schedule.alphaBar(998)).isBetween(0.00099, 0.00101);
  }

  @Test
  void takesTrainedBetas() {
    NoiseSchedule schedule =
        schedule("\"num_train_timesteps\": 3, \"trained_betas\": [0.5, 0.25, 0.75]");
    assertThat(schedule.alphaBar(0)).isEqualTo(0.5);
    assertThat(schedule.alphaBar(1)).isEqualTo(0.375);
    assertThat(schedule.alphaBar(2)).isEqualTo(0.09375);
  }

  @Test
  void falls() {
    NoiseSchedule schedule = NoiseSchedule.of(Runs.sdV1());
    for (int t = 1; t < 1000; t++) {
      assertThat(schedule.alphaBar(t)).isPositive().isLessThan(schedule.alphaBar(t - 1));
    }
  }

  @Test
  void refusesWhatMakesNoSense() {
    refuses("\"trained_betas\": [0.5]", "trained_betas", "1 values", "1000");
    refuses("\"num_train_timesteps\": 1, \"trained_betas\": [1.0]", "1.0", "time 0");
    refuses("\"beta_start\": -0.1", "-0.1", "time 0");
    refuses("\"beta_start\": -0.1, \"beta_schedule\": \"scaled_linear\"", "NaN");
  }

  private static void refuses(String keys, String... parts) {
    assertThatThrownBy(() -> schedule(keys))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContainingAll(parts);
  }

  private static NoiseSchedule schedule(String keys) {
    return NoiseSchedule.of(
        SchedulerConfig.parse("{\"_class_name\": \"DDIMScheduler\", " + keys + "}"));
  }

  private static void assertAlphaBar(NoiseSchedule schedule, int t, float expected) {
    assertThat(schedule.alphaBar(t)).isEqualTo(expected);
  }
}
