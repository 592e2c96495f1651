// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

/// How a model is opened. Immutable.
///
/// @param device `auto`, `cuda`, `cuda:N`, `cpu` or `reference`
/// @param dtype the format in which a GPU computes, and in which the CPU, which computes in `f32`,
///   keeps weights: `f16`, `bf16`, `f32`, or `auto` for what suits the device
/// @param threads how many threads compute; 0 for one per core
/// @param singleFile what to say about a model in a single file
/// @param hub how a model on the Hugging Face hub is found
/// @param progress hears how the weights come in
/// @param queue how many requests may wait while one is drawn; one more ends with
///   [HubbleException.Busy]
/// @param additions what the model gets on top of its own weights
/// @param exact whether the CPU does without algorithms whose rounding errors are larger than those
///   of plain sums; the pictures look the same
/// @param lowMemory whether weights stay as small as they are, which is slower on the CPU
public record LoadOptions(
    String device,
    String dtype,
    int threads,
    SingleFileHints singleFile,
    HubAccess hub,
    LoadProgress progress,
    int queue,
    Additions additions,
    boolean exact,
    boolean lowMemory) {
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
        Additions.NONE,
        /* exact= */ false,
        /* lowMemory= */ false);
  }

  /// The same in another format.
  public LoadOptions dtype(String other) {
    return new LoadOptions(
        device, other, threads, singleFile, hub, progress, queue, additions, exact, lowMemory);
  }

  /// The same with something else to say about a single file.
  public LoadOptions singleFile(SingleFileHints other) {
    return new LoadOptions(
        device, dtype, threads, other, hub, progress, queue, additions, exact, lowMemory);
  }

  /// The same with another way to find models on the hub.
  public LoadOptions hub(HubAccess other) {
    return new LoadOptions(
        device, dtype, threads, singleFile, other, progress, queue, additions, exact, lowMemory);
  }

  /// The same with another listener.
  public LoadOptions progress(LoadProgress other) {
    return new LoadOptions(
        device, dtype, threads, singleFile, hub, other, queue, additions, exact, lowMemory);
  }

  /// The same with a longer or shorter queue.
  public LoadOptions queue(int most) {
    return new LoadOptions(
        device, dtype, threads, singleFile, hub, progress, most, additions, exact, lowMemory);
  }

  /// The same with other additions.
  public LoadOptions additions(Additions other) {
    return new LoadOptions(
        device, dtype, threads, singleFile, hub, progress, queue, other, exact, lowMemory);
  }

  /// The same with or without plain sums only.
  public LoadOptions exact(boolean other) {
    return new LoadOptions(
        device, dtype, threads, singleFile, hub, progress, queue, additions, other, lowMemory);
  }

  /// The same with weights as small as they are, or in the forms that are fastest.
  public LoadOptions lowMemory(boolean other) {
    return new LoadOptions(
        device, dtype, threads, singleFile, hub, progress, queue, additions, exact, other);
  }
}
