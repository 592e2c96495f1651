// SPDX-License-Identifier: Apache-2.0
package dev.hubble.image;

import dev.hubble.Generated;
import java.math.BigDecimal;
import java.util.Locale;

/// The recipe of a picture in the form that AUTOMATIC1111's web UI writes and other tools read:
///
/// ```
/// a blue spiral galaxy
/// Negative prompt: text, stars
/// Steps: 25, Sampler: PNDM, CFG scale: 5, Seed: 42, Size: 128x128, Model hash: 0123456789, ...
/// ```
public final class Parameters {
  /// The PNG keyword that tools look for.
  public static final String KEYWORD = "parameters";

  private Parameters() {}

  /// How `picture` of `generated` was made.
  ///
  /// @param version of Hubble
  public static String format(Generated generated, Generated.Picture picture, String version) {
    var text = new StringBuilder(picture.prompt());
    if (!picture.negative().isEmpty()) {
      text.append("\nNegative prompt: ").append(picture.negative());
    }
    text.append("\nSteps: ").append(generated.steps());
    text.append(", Sampler: ").append(generated.scheduler().toUpperCase(Locale.ROOT));
    text.append(", CFG scale: ").append(plain(generated.guidance()));
    text.append(", Seed: ").append(picture.seed());
    text.append(", Size: ").append(generated.width()).append('x').append(generated.height());
    text.append(", Model hash: ").append(generated.model().hash());
    text.append(", Model: ").append(quoted(shortName(generated.model().name())));
    picture.variation().ifPresent(seed -> text.append(", Variation seed: ").append(seed));
    generated.settings().forEach((key, value) -> text.append(", " + key + ": " + value));
    text.append(", Version: hubble ").append(version);
    return text.toString();
  }

  /// `5` for 5.0 and `7.5` for 7.5, as the web UI writes them.
  private static String plain(double number) {
    if (!Double.isFinite(number)) {
      return Double.toString(number);
    }
    BigDecimal exact = BigDecimal.valueOf(number).stripTrailingZeros();
    return exact.toPlainString();
  }

  /// The last name of a folder given by its full path: pictures are passed on, and the rest of the
  /// path is nobody's business.
  private static String shortName(String model) {
    String trimmed = model.replaceAll("[/\\\\]+$", "");
    boolean path = trimmed.matches("([/\\\\.~]|[A-Za-z]:).*");
    return path ? trimmed.replaceAll("^.*[/\\\\]", "") : trimmed;
  }

  /// JSON quotes around a value that holds one of the list's own separators.
  private static String quoted(String value) {
    if (value.chars().noneMatch(c -> c == ',' || c == ':' || c == '\n')) {
      return value;
    }
    String escaped = value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    return '"' + escaped + '"';
  }
}
