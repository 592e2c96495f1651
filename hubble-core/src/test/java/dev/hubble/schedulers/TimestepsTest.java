// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.HubbleException;
import org.junit.jupiter.api.Test;

class TimestepsTest {
  @Test
  void pndmVisitsTheSecondTimeTwice() {
    float[] fifty = pndm(50);
    assertThat(fifty).hasSize(51).startsWith(981, 961, 961, 941).endsWith(41, 21, 1);
    assertThat(pndm(4)).containsExactly(751, 501, 501, 251, 1);
    assertThat(pndm(2)).containsExactly(501, 1, 1);
    assertThat(pndm(1)).containsExactly(1);
  }

  @Test
  void rungeKuttaLooksFourTimesPerStep() {
    SchedulerConfig config =
        SchedulerConfig.parse("{\"_class_name\": \"PNDMScheduler\", \"skip_prk_steps\": false}");
    assertThat(new Pndm(config, 10).timesteps())
        .containsExactly(
            900, 850, 850, 800, 800, 750, 750, 700, 700, 650, 650, 600, 600, 500, 400, 300, 200,
            100, 0);
    assertThatThrownBy(() -> new Pndm(config, 3))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContainingAll("skip_prk_steps", "at least 4", "3");
  }

  @Test
  void ddimVisitsEachTimeOnce() {
    assertThat(ddim(50, "leading")).hasSize(50).startsWith(981, 961, 941).endsWith(41, 21, 1);
    assertThat(ddim(5, "linspace")).containsExactly(999, 749, 500, 250, 0);
    assertThat(ddim(1, "linspace")).containsExactly(0);
    assertThat(ddim(5, "trailing")).containsExactly(999, 799, 599, 399, 199);
    assertThat(ddim(3, "trailing")).containsExactly(999, 666, 332);
    assertThat(ddim(1, "trailing")).containsExactly(999);
  }

  @Test
  void everyNumberOfStepsGivesThatManyTimes() {
    for (String spacing : new String[] {"leading", "linspace", "trailing"}) {
      for (int steps = 1; steps < 1000; steps++) {
        float[] times = ddim(steps, spacing);
        assertThat(times).hasSize(steps);
        for (int i = 0; i < steps; i++) {
          assertThat(times[i]).isBetween(0f, i == 0 ? 999f : times[i - 1] - 1);
        }
      }
    }
  }

  @Test
  void refusesTooFewAndTooManySteps() {
    for (String name : Schedulers.names()) {
      for (int steps : new int[] {Integer.MIN_VALUE, -1, 0, 1001, Integer.MAX_VALUE}) {
        assertThatThrownBy(() -> Schedulers.create(Runs.sdV1(), name, steps, 0))
            .isInstanceOf(HubbleException.BadRequest.class)
            .hasMessageContainingAll("between 1 and 1000", "" + steps);
      }
      // The offset of 1 leaves no room for the thousandth.
      assertThatThrownBy(() -> Schedulers.create(Runs.sdV1(), name, 1000, 0))
          .isInstanceOf(HubbleException.BadRequest.class)
          .hasMessageContainingAll("time 1000", "0 to 999");
      assertThat(Schedulers.create(Runs.sdV1(), name, 999, 0).timesteps()).startsWith(999);
    }
  }

  private static float[] pndm(int steps) {
    return Schedulers.create(Runs.sdV1(), "pndm", steps, 0).timesteps();
  }

  private static float[] ddim(int steps, String spacing) {
    SchedulerConfig config =
        SchedulerConfig.parse(
            Runs.SD_V1.replaceFirst("\\{", "{\"timestep_spacing\": \"%s\",".formatted(spacing)));
    return Schedulers.create(config, "ddim", steps, 0).timesteps();
  }
}
