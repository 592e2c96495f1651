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
  void readsTheInfinityThatDiffusersWrites() {
    SchedulerConfig config =
        SchedulerConfig.parse(
            """
            {"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity,
             "solver_order": 3}
            """);
    assertThat(Schedulers.create(config, "", 5, 0).name()).isEqualTo("dpmpp-3m");
  }

  @ParameterizedTest
  @CsvSource({
    "pndm, pndm;PNDM;PLMS;PNDMScheduler",
    "ddim, ddim;DDIM;DDIMScheduler",
    "ddpm, DDPM;DDPMScheduler",
    "euler, Euler;EulerDiscreteScheduler",
    "euler-karras, euler-karras;euler_karras;Euler Karras",
    "euler-a, Euler a;euler_ancestral;EulerAncestralDiscreteScheduler",
    "euler-a-karras, Euler a Karras",
    "heun, Heun;HeunDiscreteScheduler",
    "heun-exponential, heun-exponential",
    "lms, LMS;LMSDiscreteScheduler",
    "lms-karras, LMS Karras",
    "dpmpp-2m, DPM++ 2M;dpmpp_2m;DPMSolverMultistepScheduler",
    "dpmpp-2m-karras, DPM++ 2M Karras;dpm++ 2m karras",
    "dpmpp-2m-beta, DPM++ 2M Beta",
    "dpmpp-3m, dpmpp-3m",
    "dpmpp-2m-sde, DPM++ 2M SDE;dpmpp_2m_sde",
    "dpmpp-2m-sde-karras, DPM++ 2M SDE Karras",
    "dpmpp-2m-sde-exponential, DPM++ 2M SDE Exponential",
    "dpmpp-2m-sde-heun-karras, DPM++ 2M SDE Heun Karras",
    "dpmpp-3m-sde-exponential, DPM++ 3M SDE Exponential",
    "dpmpp-sde, DPM++ SDE;DPMSolverSDEScheduler",
    "dpmpp-sde-karras, DPM++ SDE Karras",
    "unipc, UniPC;uni_pc;UniPCMultistepScheduler",
    "deis, DEIS;DEISMultistepScheduler",
    "kdpm2, DPM2;KDPM2DiscreteScheduler",
    "kdpm2-karras, DPM2 Karras",
    "kdpm2-ancestral, DPM2 a;KDPM2AncestralDiscreteScheduler",
    "kdpm2-ancestral-karras, DPM2 a Karras",
    "lcm, LCM;LCMScheduler"
  })
  void findsSchedulersByAnyOfTheirNames(String name, String called) {
    for (String other : called.split(";", -1)) {
      assertThat(Schedulers.create(Runs.sdV1(), other, 5, 0).name()).as(other).isEqualTo(name);
    }
  }

  @Test
  void aModelsOwnSchedulerIsTheOneOfItsClass() {
    for (String name : Schedulers.names()) {
      assertThat(Schedulers.create(Runs.sdV1(), name, 5, 0).name()).isEqualTo(name);
    }
    assertThat(own("EulerAncestralDiscreteScheduler", "\"use_karras_sigmas\": true"))
        .isEqualTo("euler-a");
    assertThat(own("EulerDiscreteScheduler", "\"use_karras_sigmas\": true"))
        .isEqualTo("euler-karras");
    assertThat(
            own(
                "DPMSolverMultistepScheduler",
                "\"algorithm_type\": \"sde-dpmsolver++\", \"use_exponential_sigmas\": true"))
        .isEqualTo("dpmpp-2m-sde-exponential");
    assertThatThrownBy(
            () -> own("DPMSolverMultistepScheduler", "\"algorithm_type\": \"dpmsolver\""))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining("algorithm_type");
    assertThatThrownBy(() -> own("DDPMScheduler", "\"variance_type\": \"learned\""))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining("variance_type");
    assertThatThrownBy(() ->
            own("EulerDiscreteScheduler", "\"use_karras_sigmas\": true, \"use_beta_sigmas\": true"))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContainingAll("use_karras_sigmas", "use_beta_sigmas");
  }

  private static String own(String className, String keys) {
    var config = SchedulerConfig.parse("{\"_class_name\": \"" + className + "\", " + keys + "}");
    return Schedulers.create(config, "", 5, 0).name();
  }

  @Test
  void listsTheNamesWhenThereIsNoSuchScheduler() {
    assertThatThrownBy(() -> Schedulers.create(Runs.sdV1(), "magic", 5, 0))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContainingAll("\"magic\"", "pndm, ddim", "unipc");
    SchedulerConfig other =
        SchedulerConfig.parse("{\"_class_name\": \"DPMSolverSinglestepScheduler\"}");
    assertThatThrownBy(() -> Schedulers.create(other, "", 5, 0))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContainingAll("DPMSolverSinglestepScheduler", "pndm, ddim");
    assertThatThrownBy(() -> Schedulers.create(Runs.sdV1(), "DDIM Karras", 5, 0))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContainingAll("ddim", "DDIM Karras");
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
