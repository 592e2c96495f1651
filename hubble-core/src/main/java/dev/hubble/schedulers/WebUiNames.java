// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What AUTOMATIC1111's web UI calls the schedulers: a sampler, and since its version 1.9 apart
/// from it how the sizes of the noise fall.
///
/// @param sampler `DPM++ 2M`
/// @param scheduleType `Karras`; null where the sampler's times decide
public record WebUiNames(String sampler, @Nullable String scheduleType) {
  private static final Map<String, String> SAMPLERS =
      Map.ofEntries(
          Map.entry("pndm", "PLMS"),
          Map.entry("ddim", "DDIM"),
          Map.entry("ddpm", "DDPM"),
          Map.entry("euler", "Euler"),
          Map.entry("euler-a", "Euler a"),
          Map.entry("heun", "Heun"),
          Map.entry("lms", "LMS"),
          Map.entry("dpmpp-2m", "DPM++ 2M"),
          Map.entry("dpmpp-3m", "DPM++ 3M"),
          Map.entry("dpmpp-2m-sde", "DPM++ 2M SDE"),
          Map.entry("dpmpp-2m-sde-heun", "DPM++ 2M SDE Heun"),
          Map.entry("dpmpp-3m-sde", "DPM++ 3M SDE"),
          Map.entry("dpmpp-sde", "DPM++ SDE"),
          Map.entry("unipc", "UniPC"),
          Map.entry("deis", "DEIS"),
          Map.entry("kdpm2", "DPM2"),
          Map.entry("kdpm2-ancestral", "DPM2 a"),
          Map.entry("lcm", "LCM"));

  private static final Map<String, String> OURS =
      SAMPLERS.entrySet().stream()
          .collect(Collectors.toMap(e -> plain(e.getValue()), Map.Entry::getKey));

  /// What `Automatic` stands for with these; with all others it stands for the sampler's times.
  private static final Map<String, String> AUTOMATIC =
      Map.of(
          "dpmpp-2m", "-karras",
          "dpmpp-sde", "-karras",
          "dpmpp-2m-sde", "-exponential",
          "dpmpp-2m-sde-heun", "-exponential",
          "dpmpp-3m-sde", "-exponential",
          "kdpm2", "-karras",
          "kdpm2-ancestral", "-karras");

  /// What the web UI calls the scheduler that we call `name`. One that it does not have keeps its
  /// name.
  public static WebUiNames of(String name) {
    for (SigmaSpacing spacing : SigmaSpacing.values()) {
      String suffix = spacing.suffix();
      if (!suffix.isEmpty() && name.endsWith(suffix)) {
        String base = name.substring(0, name.length() - suffix.length());
        String type = suffix.substring(1, 2).toUpperCase(Locale.ROOT) + suffix.substring(2);
        return new WebUiNames(SAMPLERS.getOrDefault(base, base), type);
      }
    }
    return new WebUiNames(SAMPLERS.getOrDefault(name, name), null);
  }

  /// What we call it; empty if we do not have it.
  public Optional<String> ours() {
    String plain = plain(sampler);
    String suffix = "";
    for (SigmaSpacing spacing : SigmaSpacing.values()) {
      // Before 1.9 both were one name: "DPM++ 2M Karras".
      if (!spacing.suffix().isEmpty() && plain.endsWith(spacing.suffix())) {
        suffix = spacing.suffix();
        plain = plain.substring(0, plain.length() - suffix.length());
      }
    }
    String name = OURS.getOrDefault(plain, plain);
    if (!SAMPLERS.containsKey(name)) {
      return Optional.empty();
    }
    if (scheduleType == null) {
      return Optional.of(name + suffix);
    }
    return switch (plain(scheduleType)) {
      case "automatic" -> Optional.of(name + AUTOMATIC.getOrDefault(name, ""));
      case "uniform", "normal" -> Optional.of(name);
      case "karras" -> Optional.of(name + "-karras");
      case "exponential" -> Optional.of(name + "-exponential");
      case "beta" -> Optional.of(name + "-beta");
      default -> Optional.empty();
    };
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).strip().replace("++", "pp").replaceAll("[\\s_-]+", "-");
  }
}
