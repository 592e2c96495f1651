// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

/// How a model is opened. Immutable.
///
/// @param device `auto`, `cuda`, `cuda:N`, `cpu` or `reference`
/// @param dtype the format to compute in: `f16`, `bf16`, `f32`, or `auto` for what suits the device
/// @param threads how many threads compute; 0 for one per core
/// @param singleFile what to say about a model in a single file
/// @param hub how a model on the Hugging Face hub is found
/// @param progress hears how the weights come in
/// @param queue how many requests may wait while one is drawn; one more ends with
///   [HubbleException.Busy]
/// @param additions what the model gets on top of its own weights
public record LoadOptions(
    String device,
    String dtype,
    int threads,
    SingleFileHints singleFile,
    HubAccess hub,
    LoadProgress progress,
    int queue,
    Additions additions) {
  /// The best device, all cores.
  public static final LoadOptions DEFAULT = new LoadOptions("auto", 0);

  public LoadOptions(String device, int threads) {
    this(
        device,
        "auto",
        threads,
        SingleFileHints.DEFAULT,
        HubAccess.DEFAULT,
        LoadProgress.NONE,
        256,
        Additions.NONE);
  }

  /// The same in another format.
  public LoadOptions dtype(String other) {
    return new LoadOptions(device, other, threads, singleFile, hub, progress, queue, additions);
  }

  /// The same with something else to say about a single file.
  public LoadOptions singleFile(SingleFileHints other) {
    return new LoadOptions(device, dtype, threads, other, hub, progress, queue, additions);
  }

  /// The same with another way to find models on the hub.
  public LoadOptions hub(HubAccess other) {
    return new LoadOptions(device, dtype, threads, singleFile, other, progress, queue, additions);
  }

  /// The same with another listener.
  public LoadOptions progress(LoadProgress other) {
    return new LoadOptions(device, dtype, threads, singleFile, hub, other, queue, additions);
  }

  /// The same with a longer or shorter queue.
  public LoadOptions queue(int most) {
    return new LoadOptions(device, dtype, threads, singleFile, hub, progress, most, additions);
  }

  /// The same with other additions.
  public LoadOptions additions(Additions other) {
    return new LoadOptions(device, dtype, threads, singleFile, hub, progress, queue, other);
  }
}
