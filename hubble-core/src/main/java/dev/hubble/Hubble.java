// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

/// A text-to-image model, ready to draw. Safe to share between threads: calls queue fairly for the
/// device.
public final class Hubble implements AutoCloseable {
  private Hubble() {}

  /// How a model is opened. Immutable.
  ///
  /// @param device `auto`, `cpu` or `reference`
  /// @param threads how many threads compute; 0 for one per core
  public record Options(String device, int threads) {
    /// The best device, all cores.
    public static final Options DEFAULT = new Options("auto", 0);
  }

  /// Opens a model on the best device.
  ///
  /// @param model a diffusers folder, or `mini` for the embedded model
  /// @throws HubbleException.Model if there is no such model, or it is damaged or of another kind
  public static Hubble load(String model) {
    return load(model, Options.DEFAULT);
  }

  /// Opens a model as `options` say.
  public static Hubble load(String model, Options options) {
    throw new UnsupportedOperationException(model + options);
  }

  /// Opens the embedded model, which needs the artifact `dev.hubble:hubble-mini` and no network.
  public static Hubble mini() {
    return load("mini");
  }

  /// What a model is, without loading it.
  public static ModelInfo info(String model) {
    throw new UnsupportedOperationException(model);
  }

  /// Draws. Waits for its turn if another thread is drawing.
  public Generated generate(Request request) {
    return generate(request, Progress.NONE, new Cancellation());
  }

  /// Draws, tells `progress` how it comes along, and stops with [HubbleException.Cancelled] soon
  /// after `cancellation` or an interrupt of the calling thread asks for it.
  public Generated generate(Request request, Progress progress, Cancellation cancellation) {
    throw new UnsupportedOperationException(request.prompt());
  }

  /// How the model reads `text`.
  public Tokens tokens(String text) {
    throw new UnsupportedOperationException(text);
  }

  /// Gives back memory and threads.
  @Override
  public void close() {}
}
