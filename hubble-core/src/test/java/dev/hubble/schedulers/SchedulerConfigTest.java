// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.HubbleException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulerConfigTest {
  @Test
  void keepsOnlyWhatTheFileSays() {
    SchedulerConfig config = Runs.sdV1();
    assertThat(config.className()).isEqualTo("PNDMScheduler");
    assertThat(config.present())
        .containsOnlyKeys(
            "beta_end",
            "beta_schedule",
            "beta_start",
            "num_train_timesteps",
            "set_alpha_to_one",
            "skip_prk_steps",
            "steps_offset",
            "clip_sample");
    assertThat(config.flag("set_alpha_to_one", true)).isFalse();
    assertThat(config.text("timestep_spacing", "linspace")).isEqualTo("linspace");
    assertThat(config.prediction()).isEqualTo(Prediction.EPSILON);
  }

  @Test
  void takesWholeNumbersWhereNumbersAreMeant() {
    assertThat(parse("clip_sample_range", "2").number("clip_sample_range", 1)).isEqualTo(2.0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          beta_schedule          | "sigmoid"  | scaled_linear
          prediction_type        | "sample"   | epsilon, v_prediction
          timestep_spacing       | "random"   | leading, linspace, trailing
          thresholding           | true       | false
          rescale_betas_zero_snr | true       | false
          num_train_timesteps    | "1000"     | a whole number
          num_train_timesteps    | 1000.5     | a whole number
          num_train_timesteps    | 0          | between 1 and
          num_train_timesteps    | 2000000000 | between 1 and
          steps_offset           | 1e30       | a whole number
          beta_start             | "0.1"      | a number
          beta_end               | 1e999      | a number
          clip_sample            | 0          | true or false
          trained_betas          | [0.1, "x"] | a list of numbers
          trained_betas          | 0.1        | a list of numbers
          """)
  void refusesInOneSentenceWithKeyAndValue(String key, String value, String reason) {
    assertThatThrownBy(() -> parse(key, value))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageStartingWith("scheduler_config.json: " + key + " is ")
        .hasMessageContaining(reason);
  }

  @Test
  void refusesWhatIsNoScheduler() {
    assertThatThrownBy(
            () -> SchedulerConfig.parse("{\"_class_name\": \"FlowMatchEulerDiscreteScheduler\"}"))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContainingAll("_class_name", "FlowMatchEulerDiscreteScheduler");
    for (String json : new String[] {"{}", "[]", "", "{", "3", "{\"_class_name\": 3}"}) {
      assertThatThrownBy(() -> SchedulerConfig.parse(json))
          .isInstanceOf(HubbleException.Model.class)
          .hasMessageContaining("scheduler_config.json");
    }
  }

  @Test
  void findsSchedulersByAnyOfTheirNames() {
    assertThat(Schedulers.names()).containsExactly("pndm", "ddim");
    for (String name : new String[] {"", "pndm", "PNDM", "PLMS", "plms"}) {
      assertThat(Schedulers.create(Runs.sdV1(), name, 5, 0).name()).isEqualTo("pndm");
    }
    for (String name : new String[] {"ddim", "DDIM", "Ddim"}) {
      assertThat(Schedulers.create(Runs.sdV1(), name, 5, 0).name()).isEqualTo("ddim");
    }
  }

  @Test
  void listsTheNamesWhenThereIsNoSuchScheduler() {
    assertThatThrownBy(() -> Schedulers.create(Runs.sdV1(), "magic", 5, 0))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContainingAll("\"magic\"", "pndm, ddim");
    SchedulerConfig other = SchedulerConfig.parse("{\"_class_name\": \"DPMSolverSDEScheduler\"}");
    assertThatThrownBy(() -> Schedulers.create(other, "", 5, 0))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContainingAll("DPMSolverSDEScheduler", "pndm, ddim");
  }

  @Test
  void refusesAnEtaOutsideItsRange() {
    for (float eta : new float[] {-0.1f, 1.1f, Float.NaN}) {
      assertThatThrownBy(() -> Schedulers.create(Runs.sdV1(), "ddim", 5, eta))
          .isInstanceOf(HubbleException.BadRequest.class)
          .hasMessageContainingAll("Eta", "" + eta);
    }
  }

  private static SchedulerConfig parse(String key, String value) {
    return SchedulerConfig.parse(
        "{\"_class_name\": \"DDIMScheduler\", \"%s\": %s}".formatted(key, value));
  }
}
