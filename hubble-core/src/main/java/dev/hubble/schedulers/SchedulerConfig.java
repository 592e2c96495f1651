// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What `scheduler_config.json` says, and what it leaves open.
///
/// A model may be run with another scheduler than its own. That one then reads the same file, but
/// what the file does not say has another meaning to it: `clip_sample` is true for DDIM and unknown
/// to PNDM. So this keeps the keys that are present, and each scheduler brings its own defaults.
///
/// @param className the diffusers class of the model's own scheduler: `PNDMScheduler`
/// @param present the keys in the file that any scheduler knows, and their values: [Integer],
///   [Double], [Boolean], [String] or a list of doubles
public record SchedulerConfig(String className, Map<String, Object> present) {

  /// The schedulers of diffusers that a model of this kind may have been published with.
  private static final Set<String> CLASSES =
      Set.of(
          "PNDMScheduler",
          "DDIMScheduler",
          "DDPMScheduler",
          "EulerDiscreteScheduler",
          "EulerAncestralDiscreteScheduler",
          "HeunDiscreteScheduler",
          "LMSDiscreteScheduler",
          "DPMSolverMultistepScheduler",
          "DPMSolverSinglestepScheduler",
          "DPMSolverSDEScheduler",
          "DEISMultistepScheduler",
          "UniPCMultistepScheduler",
          "KDPM2DiscreteScheduler",
          "KDPM2AncestralDiscreteScheduler",
          "LCMScheduler");

  private enum Type {
    INTEGER("a whole number"),
    NUMBER("a number"),
    FLAG("true or false"),
    TEXT("a text"),
    NUMBERS("a list of numbers");

    final String description;

    Type(String description) {
      this.description = description;
    }
  }

  private static final Map<String, Type> KEYS =
      Map.ofEntries(
          Map.entry("num_train_timesteps", Type.INTEGER),
          Map.entry("steps_offset", Type.INTEGER),
          Map.entry("beta_start", Type.NUMBER),
          Map.entry("beta_end", Type.NUMBER),
          Map.entry("beta_schedule", Type.TEXT),
          Map.entry("trained_betas", Type.NUMBERS),
          Map.entry("prediction_type", Type.TEXT),
          Map.entry("timestep_spacing", Type.TEXT),
          Map.entry("set_alpha_to_one", Type.FLAG),
          Map.entry("skip_prk_steps", Type.FLAG),
          Map.entry("clip_sample", Type.FLAG),
          Map.entry("clip_sample_range", Type.NUMBER),
          Map.entry("thresholding", Type.FLAG),
          Map.entry("rescale_betas_zero_snr", Type.FLAG),
          Map.entry("variance_type", Type.TEXT),
          Map.entry("use_karras_sigmas", Type.FLAG),
          Map.entry("use_exponential_sigmas", Type.FLAG),
          Map.entry("use_beta_sigmas", Type.FLAG),
          Map.entry("use_lu_lambdas", Type.FLAG),
          Map.entry("use_flow_sigmas", Type.FLAG),
          Map.entry("sigma_min", Type.NUMBER),
          Map.entry("sigma_max", Type.NUMBER),
          Map.entry("final_sigmas_type", Type.TEXT),
          Map.entry("interpolation_type", Type.TEXT),
          Map.entry("timestep_type", Type.TEXT),
          Map.entry("solver_order", Type.INTEGER),
          Map.entry("solver_type", Type.TEXT),
          Map.entry("algorithm_type", Type.TEXT),
          Map.entry("lower_order_final", Type.FLAG),
          Map.entry("euler_at_final", Type.FLAG),
          Map.entry("predict_x0", Type.FLAG),
          Map.entry("disable_corrector", Type.NUMBERS),
          Map.entry("original_inference_steps", Type.INTEGER),
          Map.entry("timestep_scaling", Type.NUMBER));

  /// The values that Hubble can do, for keys where diffusers has more.
  private static final Map<String, Set<?>> SUPPORTED =
      Map.ofEntries(
          Map.entry("beta_schedule", Set.of("linear", "scaled_linear", "squaredcos_cap_v2")),
          Map.entry("prediction_type", Set.of("epsilon", "v_prediction")),
          Map.entry("timestep_spacing", Set.of("leading", "linspace", "trailing")),
          Map.entry("thresholding", Set.of(false)),
          Map.entry("rescale_betas_zero_snr", Set.of(false)),
          Map.entry("use_lu_lambdas", Set.of(false)),
          Map.entry("use_flow_sigmas", Set.of(false)),
          Map.entry("final_sigmas_type", Set.of("zero", "sigma_min")),
          Map.entry("interpolation_type", Set.of("linear")),
          Map.entry("timestep_type", Set.of("discrete")),
          Map.entry("solver_order", Set.of(1, 2, 3)),
          Map.entry("predict_x0", Set.of(true)));

  /// diffusers writes `"lambda_min_clipped": -Infinity`, which is no JSON, but in many a file.
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  private static final int MOST_TRAIN_TIMESTEPS = 1_000_000;

  /// This configuration as the Stable Diffusion pipeline of diffusers takes it: whatever the file
  /// says, time steps begin at 1 and samples are not clipped, as the v1 models were trained.
  public SchedulerConfig forStableDiffusion() {
    var forced = new HashMap<>(present);
    forced.put("steps_offset", 1);
    forced.put("clip_sample", false);
    return new SchedulerConfig(className, Map.copyOf(forced));
  }

  /// This configuration with another value of one key.
  SchedulerConfig with(String key, Object value) {
    var changed = new HashMap<>(present);
    changed.put(key, value);
    return new SchedulerConfig(className, Map.copyOf(changed));
  }

  /// This configuration with `value` where the file says nothing.
  SchedulerConfig orElse(String key, Object value) {
    return present.containsKey(key) ? this : with(key, value);
  }

  /// Reads `scheduler_config.json`. Unknown keys are ignored, as diffusers does; a key with the
  /// value `null` counts as absent.
  ///
  /// @throws HubbleException.Model if a value is of the wrong type or not supported
  public static SchedulerConfig parse(String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JacksonException e) {
      throw new HubbleException.Model(
          "scheduler_config.json is not valid JSON (" + e.getOriginalMessage() + ").", e);
    }
    if (!root.isObject()) {
      throw new HubbleException.Model("scheduler_config.json holds no object.");
    }
    JsonNode name = root.path("_class_name");
    if (!name.isString() || !CLASSES.contains(name.asString())) {
      throw new HubbleException.Model(
          "scheduler_config.json: _class_name is "
              + (name.isMissingNode() ? "missing" : name)
              + ", which is no scheduler of a Stable Diffusion v1 model.");
    }
    var present = new LinkedHashMap<String, Object>();
    for (var entry : root.properties()) {
      Type type = KEYS.get(entry.getKey());
      if (type != null && !entry.getValue().isNull()) {
        present.put(entry.getKey(), value(entry.getKey(), entry.getValue(), type));
      }
    }
    return new SchedulerConfig(name.asString(), Collections.unmodifiableMap(present));
  }

  private static Object value(String key, JsonNode node, Type type) {
    boolean fits =
        switch (type) {
          case INTEGER -> node.isIntegralNumber() && node.canConvertToInt();
          case NUMBER -> isFinite(node);
          case FLAG -> node.isBoolean();
          case TEXT -> node.isString();
          case NUMBERS -> node.isArray() && node.valueStream().allMatch(SchedulerConfig::isFinite);
        };
    if (!fits) {
      throw refusal(key, node.toString(), "and must be " + type.description);
    }
    Object value =
        switch (type) {
          case INTEGER -> node.asInt();
          case NUMBER -> node.asDouble();
          case FLAG -> node.asBoolean();
          case TEXT -> node.asString();
          case NUMBERS -> {
            var numbers = new ArrayList<Double>();
            node.forEach(number -> numbers.add(number.asDouble()));
            yield List.copyOf(numbers);
          }
        };
    Set<?> supported = SUPPORTED.get(key);
    if (supported != null && !supported.contains(value)) {
      var choices = supported.stream().map(Object::toString).sorted().toList();
      throw refusal(key, node.toString(), "and Hubble supports only " + String.join(", ", choices));
    }
    if (key.equals("num_train_timesteps")
        && ((int) value < 1 || (int) value > MOST_TRAIN_TIMESTEPS)) {
      throw refusal(key, node.toString(), "and must be between 1 and " + MOST_TRAIN_TIMESTEPS);
    }
    return value;
  }

  private static boolean isFinite(JsonNode node) {
    return node.isNumber() && Double.isFinite(node.asDouble());
  }

  private static HubbleException.Model refusal(String key, String value, String reason) {
    return new HubbleException.Model(
        "scheduler_config.json: " + key + " is " + value + ", " + reason + ".");
  }

  /// How many times the model was trained at: 1000.
  public int trainTimesteps() {
    return integer("num_train_timesteps", 1000);
  }

  /// What the UNet answers.
  Prediction prediction() {
    return text("prediction_type", "epsilon").equals("v_prediction")
        ? Prediction.V_PREDICTION
        : Prediction.EPSILON;
  }

  /// The whole number under `key`, or `otherwise`.
  public int integer(String key, int otherwise) {
    return present.get(key) instanceof Integer value ? value : otherwise;
  }

  /// The number under `key`, or `otherwise`.
  public double number(String key, double otherwise) {
    return present.get(key) instanceof Double value ? value : otherwise;
  }

  /// The truth value under `key`, or `otherwise`.
  public boolean flag(String key, boolean otherwise) {
    return present.get(key) instanceof Boolean value ? value : otherwise;
  }

  /// The text under `key`, or `otherwise`.
  public String text(String key, String otherwise) {
    return present.get(key) instanceof String value ? value : otherwise;
  }

  /// The numbers under `key`; none if it is absent.
  List<Double> numbers(String key) {
    var numbers = new ArrayList<Double>();
    if (present.get(key) instanceof List<?> values) {
      for (Object value : values) {
        numbers.add((Double) value);
      }
    }
    return numbers;
  }
}
