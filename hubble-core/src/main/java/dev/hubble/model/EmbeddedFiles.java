// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import dev.hubble.weights.Safetensors;
import dev.hubble.weights.TensorStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The model that comes as a dependency, `dev.hubble:hubble-mini`: resources under
/// `dev/hubble/mini`.
record EmbeddedFiles() implements ModelFiles {
  private static final String ROOT = "dev/hubble/mini/";

  /// @throws HubbleException.Model if the dependency is missing
  static EmbeddedFiles open() {
    var files = new EmbeddedFiles();
    if (files.find("model_index.json") == null) {
      throw new HubbleException.Model(
          "The embedded model is not on the class path: add the dependency dev.hubble:hubble-mini, or name another model.");
    }
    return files;
  }

  @Override
  public String name() {
    return "hubble-mini";
  }

  @Override
  public String locate(String path) {
    return name() + "/" + path;
  }

  private static @Nullable InputStream stream(String path) {
    // The system class loader sees the class path and the modules of the application; the context
    // loader sees what a container adds.
    var own = ClassLoader.getSystemResourceAsStream(ROOT + path);
    if (own != null) {
      return own;
    }
    var context = Thread.currentThread().getContextClassLoader();
    return context == null ? null : context.getResourceAsStream(ROOT + path);
  }

  private static byte @Nullable [] bytes(String path) {
    try (var in = stream(path)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public @Nullable String find(String path) {
    byte[] bytes = bytes(path);
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public TensorStore weights(String component, String base) {
    var path = component + "/" + base + ".safetensors";
    byte[] bytes = bytes(path);
    if (bytes == null) {
      throw new HubbleException.Model(locate(path) + " is missing from the artifact hubble-mini.");
    }
    return Safetensors.read(locate(path), bytes);
  }
}
