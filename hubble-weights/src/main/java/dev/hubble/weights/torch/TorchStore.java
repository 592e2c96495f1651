// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.torch.Values.TensorView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The tensors of one file of PyTorch's. Their values are read from the mapped file when they are
/// asked for; every view has been checked once the store is open.
public final class TorchStore implements TensorStore {
  private static final int TAR_MAGIC = 257;

  private final FileBytes bytes;
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

  private final Map<String, String> metadata;

  private TorchStore(FileBytes bytes, boolean learnedWord) {
    this.bytes = bytes;
    Archive archive = archive(bytes);
    TensorMaker maker = new TensorMaker(bytes, archive);
    Object root = archive.root();
    Map<String, TensorView> views =
        learnedWord && LearnedWord.isOne(root)
            ? LearnedWord.tensors(root)
            : StateDict.find(bytes.file(), root);
    metadata = learnedWord ? LearnedWord.metadata(root) : Map.of();
    views.forEach((name, view) -> tensors.put(name, maker.make(name, view)));
  }

  /// Opens a file; closes it again if it is not valid.
  public static TorchStore open(FileBytes bytes) {
    return open(bytes, false);
  }

  /// The same for a file that may be a textual inversion of the web UI's.
  public static TorchStore openLearnedWord(FileBytes bytes) {
    return open(bytes, true);
  }

  private static TorchStore open(FileBytes bytes, boolean learnedWord) {
    try {
      return new TorchStore(bytes, learnedWord);
    } catch (Throwable e) {
      bytes.close();
      throw e;
    }
  }

  /// Whether a file begins as one of PyTorch's does, and not as safetensors does.
  ///
  /// Two bytes would not tell: those of a pickle are a header of 640 bytes, too. As a header, the
  /// beginnings here would be longer than any.
  public static boolean recognises(FileBytes bytes) {
    return startsWith(bytes, 0, "PK\3\4")
        || startsWith(bytes, 0, "PK\5\6")
        || startsWith(bytes, 0, "\u0080\2\u008a\n")
        || (startsWith(bytes, TAR_MAGIC, "ustar") && !startsWith(bytes, Long.BYTES, "{"));
  }

  private static Archive archive(FileBytes bytes) {
    if (startsWith(bytes, 0, "PK")) {
      return new ZipForm(bytes);
    }
    if (startsWith(bytes, TAR_MAGIC, "ustar")) {
      throw Broken.other(
          bytes.file(),
          "is a tar archive, as PyTorch wrote before 2017",
          "load it in PyTorch and save it again");
    }
    if (startsWith(bytes, 0, "\u0080\2")) {
      return new OldForm(bytes);
    }
    if (startsWith(bytes, 0, "version ")) {
      throw Broken.other(
          bytes.file(),
          "is a Git LFS pointer instead of the weights",
          "run \"git lfs pull\" or download the file itself");
    }
    throw Broken.file(bytes.file(), "it is neither a zip archive nor a pickle");
  }

  private static boolean startsWith(FileBytes bytes, long at, String magic) {
    byte[] expected = magic.getBytes(StandardCharsets.ISO_8859_1);
    return bytes.size() >= at + expected.length
        && Arrays.equals(bytes.segment().asSlice(at, expected.length).toArray(JAVA_BYTE), expected);
  }

  @Override
  public String source() {
    return bytes.file();
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public @Nullable StoredTensor find(String name) {
    return tensors.get(name);
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public void close() {
    bytes.close();
  }
}
