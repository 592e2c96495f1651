// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.HubbleException;
import java.util.stream.IntStream;
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
    }
    // The offset of 1 leaves no room for the thousandth.
    for (String name : new String[] {"pndm", "ddim", "ddpm"}) {
      assertThatThrownBy(() -> Schedulers.create(Runs.sdV1(), name, 1000, 0))
          .isInstanceOf(HubbleException.BadRequest.class)
          .hasMessageContainingAll("time 1000", "0 to 999");
      assertThat(Schedulers.create(Runs.sdV1(), name, 999, 0).timesteps()).startsWith(999);
    }
    // 1001 whole numbers between 0 and 999.
    assertThatThrownBy(() -> Schedulers.create(Runs.sdV1(), "unipc", 1000, 0))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining("twice");
    assertThatThrownBy(() -> Schedulers.create(Runs.sdV1(), "lcm", 51, 0))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining("50");
  }

  @Test
  void timesBetweenWholeOnesStayThere() {
    assertThat(times("euler", 5)).containsExactly(999, 749.25f, 499.5f, 249.75f, 0);
    assertThat(times("heun", 3)).containsExactly(999, 499.5f, 499.5f, 0, 0);
    assertThat(times("euler-karras", 5))
        .usingComparatorWithPrecision(1e-4f)
        .containsExactly(999, 785.954f, 427.48978f, 58.891502f, 0);
    assertThat(sigmas("euler", 5))
        .usingComparatorWithPrecision(2e-6)
        .containsExactly(14.614647, 4.08609, 1.615583, 0.695151, 0.029168, 0.);
    assertThat(sigmas("euler-karras", 5))
        .usingComparatorWithPrecision(2e-6)
        .containsExactly(14.614647, 4.796544, 1.274105, 0.247952, 0.029168, 0.);
  }

  @Test
  void theDpmSolversTakeWholeTimes() {
    assertThat(times("dpmpp-2m", 5)).containsExactly(999, 799, 599, 400, 200);
    assertThat(times("unipc", 5)).containsExactly(999, 799, 599, 400, 200);
    assertThat(times("dpmpp-2m-karras", 5)).containsExactly(999, 786, 427, 59, 0);
    assertThat(sigmas("dpmpp-2m", 5))
        .usingComparatorWithPrecision(2e-6)
        .containsExactly(14.614647, 5.087765, 2.276464, 1.164392, 0.571666, 0.);
  }

  @Test
  void leadingTimes() {
    var config = Runs.sdV1().with("timestep_spacing", "leading");
    var euler = Schedulers.create(config, "euler", 5, 0);
    assertThat(euler.timesteps()).containsExactly(801, 601, 401, 201, 1);
    assertThat(euler.initNoiseSigma()).isEqualTo((float) Math.hypot(5.134433, 1));
    assertThat(Schedulers.create(config, "dpmpp-2m", 5, 0).timesteps())
        .containsExactly(831, 665, 499, 333, 167);
    var trailing = Runs.sdV1().with("timestep_spacing", "trailing");
    assertThat(Schedulers.create(trailing, "euler", 5, 0).timesteps())
        .containsExactly(999, 799, 599, 399, 199);
    assertThat(Schedulers.create(trailing, "deis", 5, 0).timesteps())
        .containsExactly(999, 799, 599, 399, 199);
  }

  @Test
  void lcmTakesTimesThatItWasDistilledAt() {
    assertThat(times("lcm", 4)).containsExactly(999, 759, 499, 259);
    assertThat(times("lcm", 1)).containsExactly(999);
    assertThat(times("lcm", 50)).hasSize(50).endsWith(59, 39, 19);
  }

  @Test
  void stepsOfTwoLooksStartAtEveryOtherCall() {
    assertThat(Schedulers.create(Runs.sdV1(), "heun", 5, 0).callOfStep(3)).isEqualTo(6);
    assertThat(Schedulers.create(Runs.sdV1(), "pndm", 5, 0).callOfStep(3)).isEqualTo(3);
    assertThat(Schedulers.create(Runs.sdV1(), "euler", 5, 0).callOfStep(3)).isEqualTo(3);
  }

  private static float[] times(String name, int steps) {
    return Schedulers.create(Runs.sdV1(), name, steps, 0).timesteps();
  }

  private static double[] sigmas(String name, int steps) {
    var scheduler = Schedulers.create(Runs.sdV1(), name, steps, 0);
    return IntStream.rangeClosed(0, steps)
        .mapToDouble(i -> Runs.sigma(Runs.sdV1(), scheduler, i))
        .toArray();
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
