// SPDX-License-Identifier: Apache-2.0
package dev.hubble.prompt;

import dev.hubble.HubbleException;
import dev.hubble.PromptSyntax;
import java.util.List;
import java.util.regex.Pattern;

/// What the programs whose marks we read can say and Hubble cannot do: refused rather than drawn as
/// words that nobody meant.
final class Unsupported {
  /// Far above, the text encoder's output is nothing that a UNet has seen.
  private static final double LARGEST = 1000;

  private record Refusal(PromptSyntax syntax, Pattern pattern, String sentence) {}

  private static final List<Refusal> REFUSALS =
      List.of(
          new Refusal(
              PromptSyntax.A1111,
              Pattern.compile("<(?:lora|lyco|hypernet):[^>]*>"),
              "asks for a network by name: leave it out, and give the file as --lora FILE=SCALE or"
                  + " as Additions.lora(file, scale)"),
          new Refusal(
              PromptSyntax.A1111,
              Pattern.compile("\\bAND\\b"),
              "joins several prompts into one picture, which Hubble does not do: write it in lower"
                  + " case if a word is meant"),
          new Refusal(
              PromptSyntax.A1111,
              Pattern.compile("(?<!\\\\)\\[[^\\[\\]]*:\\s*\\d*\\.?\\d+\\s*(?<!\\\\)\\]"),
              "changes the prompt between the steps, which Hubble does not do: write \\[ and \\] if"
                  + " brackets are meant"),
          new Refusal(
              PromptSyntax.A1111,
              Pattern.compile("(?<!\\\\)\\[[^\\[\\]|]*\\|[^\\[\\]]*(?<!\\\\)\\]"),
              "changes the prompt from step to step, which Hubble does not do: write \\[ and \\] if"
                  + " brackets are meant"),
          new Refusal(
              PromptSyntax.COMPEL,
              Pattern.compile("\\.(?:swap|blend|and|add)\\("),
              "is an operation of compel's on whole prompts, which Hubble does not do"),
          new Refusal(
              PromptSyntax.COMPEL,
              Pattern.compile("\\b(?:use|with)Lora\\("),
              "asks for a network by name: leave it out, and give the file as --lora FILE=SCALE or"
                  + " as Additions.lora(file, scale)"));

  private Unsupported() {}

  /// @throws HubbleException.BadRequest if `prompt` asks for something that cannot be done
  static void check(PromptSyntax syntax, String prompt) {
    for (var refusal : REFUSALS) {
      var found = refusal.pattern.matcher(prompt);
      if (refusal.syntax == syntax && found.find()) {
        throw new HubbleException.BadRequest(
            "\"%s\" in the prompt %s.".formatted(found.group().strip(), refusal.sentence));
      }
    }
  }

  /// @throws HubbleException.BadRequest if a weight is out of all proportion
  static void check(List<Part> parts) {
    for (var part : parts) {
      if (part instanceof Part.Text text && Math.abs(text.weight()) > LARGEST) {
        throw new HubbleException.BadRequest(
            "The prompt gives \"%s\" the weight %s; more than %.0f makes no picture."
                .formatted(text.text(), text.weight(), LARGEST));
      }
    }
  }
}
