// SPDX-License-Identifier: Apache-2.0
package dev.hubble.image;

import dev.hubble.Generated;
import dev.hubble.UsedAdditions;
import dev.hubble.schedulers.WebUiNames;
import java.math.BigDecimal;
import java.util.LinkedHashMap;

/// The recipe of a picture in the form that AUTOMATIC1111's web UI writes and other tools read:
///
/// ```
/// a blue spiral galaxy
/// Negative prompt: text, stars
/// Steps: 25, Sampler: PLMS, CFG scale: 5, Seed: 42, Size: 128x128, Model hash: 0123456789, ...
/// ```
///
/// [dev.hubble.Recipe] reads it back.
public final class Parameters {
  /// The PNG keyword that tools look for.
  public static final String KEYWORD = "parameters";

  private Parameters() {}

  /// How `picture` of `generated` was made.
  ///
  /// @param version of Hubble
  public static String format(Generated generated, Generated.Picture picture, String version) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("Steps", Integer.toString(generated.steps()));
    var names = WebUiNames.of(generated.scheduler());
    fields.put("Sampler", names.sampler());
    if (names.scheduleType() != null) {
      fields.put("Schedule type", names.scheduleType());
    }
    fields.put("CFG scale", plain(generated.guidance()));
    fields.put("Seed", Long.toString(picture.seed()));
    fields.put("Size", generated.width() + "x" + generated.height());
    fields.put("Model hash", generated.model().hash());
    fields.put("Model", shortName(generated.model().name()));
    picture.variation().ifPresent(seed -> fields.put("Variation seed", Long.toString(seed)));
    fields.putAll(generated.settings());
    fields.putAll(generated.additions().fields());
    fields.put("Version", "hubble " + version);
    return new ParameterText(
            tagged(picture.prompt(), generated.additions()), picture.negative(), fields)
        .toString();
  }

  /// The prompt with what the web UI writes behind it for LoRAs.
  public static String tagged(String prompt, UsedAdditions additions) {
    if (additions.loras().isEmpty()) {
      return prompt;
    }
    return prompt.isEmpty() ? additions.tags() : prompt + " " + additions.tags();
  }

  /// `5` for 5.0 and `7.5` for 7.5, as the web UI writes them; read as a double, it is `number`.
  public static String plain(double number) {
    if (Double.isFinite(number)) {
      String exact = BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
      if (Double.doubleToLongBits(Double.parseDouble(exact)) == Double.doubleToLongBits(number)) {
        return exact;
      }
    }
    return Double.toString(number);
  }

  /// The last name of a folder given by its full path: pictures are passed on, and the rest of the
  /// path is nobody's business.
  private static String shortName(String model) {
    String trimmed = model.replaceAll("[/\\\\]+$", "");
    boolean path = trimmed.matches("([/\\\\.~]|[A-Za-z]:).*");
    return path ? trimmed.replaceAll("^.*[/\\\\]", "") : trimmed;
  }
}
