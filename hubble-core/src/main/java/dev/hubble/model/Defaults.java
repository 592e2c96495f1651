// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

/// What a request leaves open: the model's own recommendation in `hubble.json` (`{"steps": 25,
/// "guidance": 5}`), which few models have, or else what diffusers does.
///
/// @param steps denoising steps
/// @param guidance guidance scale
public record Defaults(int steps, double guidance) {
  static Defaults of(ModelFiles files) {
    var file = "hubble.json";
    var text = files.find(file);
    var config = Config.parse(files.locate(file), text == null ? "{}" : text);
    return new Defaults(config.size("steps", 50), config.number("guidance", 7.5));
  }
}
