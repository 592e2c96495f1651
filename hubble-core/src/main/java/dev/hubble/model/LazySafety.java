// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.Generated;
import dev.hubble.HubbleException;
import dev.hubble.Safety;
import dev.hubble.SafetyReport;
import dev.hubble.SafetyVerdict;
import dev.hubble.kernels.Ops;
import dev.hubble.safety.SafetyChecker;
import dev.hubble.safety.SafetyConfig;
import dev.hubble.weights.NameMaps;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.WeightsException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A model's safety checker, read when it first has to look: it is as large as a third of the rest.
/// Asked outside every scope of the backend, so that it stays.
public final class LazySafety {
  private static final String FOLDER = "safety_checker";

  private final ModelFiles files;
  private final Ops ops;
  private @Nullable SafetyChecker checker;

  public LazySafety(ModelFiles files, Ops ops) {
    this.files = files;
    this.ops = ops;
  }

  /// Whether the model has one, configuration and weights.
  boolean exists() {
    if (files.find(FOLDER + "/config.json") == null) {
      return false;
    }
    try (var _ = files.weights(FOLDER, "model")) {
      return true;
    } catch (WeightsException | HubbleException.Model e) {
      return false;
    }
  }

  /// What `wanted` comes to with this model.
  ///
  /// @throws HubbleException.BadRequest if there is nobody to look
  public Safety resolve(Safety wanted) {
    if (wanted == Safety.OFF || (wanted == Safety.AUTO && !exists())) {
      return Safety.OFF;
    }
    if (!exists()) {
      throw new HubbleException.BadRequest(
          "%s has no safety checker here: leave out --safety, name a folder that has %s with its weights, or have it downloaded (HubAccess.safetyChecker, hubble download M --safety)."
              .formatted(files.name(), files.locate(FOLDER)));
    }
    return wanted == Safety.AUTO ? Safety.FLAG : wanted;
  }

  /// Looks at the pictures of `drawn`.
  ///
  /// @param mode as [#resolve] gave it
  public Generated look(Generated drawn, Safety mode) {
    if (mode == Safety.OFF) {
      return drawn;
    }
    var looking = checker();
    List<SafetyVerdict> verdicts =
        drawn.pictures().stream().map(picture -> looking.check(picture.image())).toList();
    var pictures = new ArrayList<Generated.Picture>();
    for (int i = 0; i < verdicts.size(); i++) {
      if (mode == Safety.FLAG || !verdicts.get(i).flagged()) {
        pictures.add(drawn.pictures().get(i));
      }
    }
    return drawn.checked(pictures, new SafetyReport(mode, verdicts));
  }

  private SafetyChecker checker() {
    var known = checker;
    if (known == null) {
      known = read();
      checker = known;
    }
    return known;
  }

  private SafetyChecker read() {
    var config = SafetyConfig.of(files.config(FOLDER + "/config.json"));
    try (var store = files.weights(FOLDER, "model").renamed(NameMaps::safetyChecker)) {
      checkMemory(store);
      return Component.load(store, ops, _ -> {}, p -> SafetyChecker.load(p, config));
    } catch (WeightsException e) {
      throw new HubbleException.Model(e.getMessage(), e);
    }
  }

  private void checkMemory(TensorStore store) {
    long needed = 0;
    for (var name : store.names()) {
      var tensor = store.find(name);
      needed += tensor == null ? 0 : 4 * tensor.size();
    }
    var runtime = Runtime.getRuntime();
    long free = runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
    if (needed > free) {
      throw new HubbleException.OutOfMemory(
          "The safety checker of %s needs %s of memory, and %s are free: give Java more with -Xmx, or turn it off with --safety off."
              .formatted(files.name(), Size.of(needed), Size.of(free)));
    }
  }
}
