// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.torch.Values.Storage;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The form since PyTorch 1.6: a zip archive with the pickle in `NAME/data.pkl` and each storage in
/// `NAME/data/KEY`, where NAME is what the file was called when it was saved.
final class ZipForm implements Archive {
  private static final String PICKLE = "data.pkl";
  private static final long LARGEST_PICKLE = 1L << 28;

  private final FileBytes file;
  private final Map<String, ZipEntry> entries;
  private final Inflated inflated;
  private final String folder;
  private final Object root;

  ZipForm(FileBytes file) {
    this.file = file;
    this.entries = ZipDirectory.read(file);
    this.inflated = new Inflated(file);
    this.folder = folder();
    checkByteOrder();
    this.root = new Unpickler(new PickleInput(file.file(), contents(folder + PICKLE), 0)).read();
  }

  @Override
  public Object root() {
    return root;
  }

  private String folder() {
    List<String> folders = new ArrayList<>();
    for (String name : entries.keySet()) {
      if (name.equals(PICKLE) || name.endsWith("/" + PICKLE)) {
        folders.add(name.substring(0, name.length() - PICKLE.length()));
      }
    }
    if (folders.size() != 1) {
      throw Broken.other(
          file.file(),
          folders.isEmpty()
              ? "is a zip archive, but none that PyTorch saved"
              : "is a zip archive with several checkpoints in it",
          "name a checkpoint or a diffusers folder");
    }
    String found = folders.getFirst();
    boolean script =
        entries.containsKey(found + "constants.pkl")
            || entries.keySet().stream().anyMatch(name -> name.startsWith(found + "code/"));
    if (script) {
      throw Broken.other(
          file.file(),
          "is a TorchScript program, not a checkpoint",
          "use the checkpoint or a safetensors version of the model");
    }
    return found;
  }

  private void checkByteOrder() {
    if (entries.containsKey(folder + "byteorder")) {
      String order =
          new String(
              contents(folder + "byteorder").toArray(JAVA_BYTE), StandardCharsets.ISO_8859_1);
      if (!order.strip().equals("little")) {
        throw Broken.other(
            file.file(),
            "was saved on a machine of the other byte order",
            "use a safetensors version of the model");
      }
    }
  }

  /// The bytes of an entry that is small.
  private MemorySegment contents(String name) {
    ZipEntry entry = entries.get(name);
    if (entry == null || entry.size() > LARGEST_PICKLE) {
      throw Broken.file(file.file(), "its " + PICKLE + " is larger than that of any model");
    }
    return entry.deflated()
        ? inflated.of(entry).segment()
        : file.segment().asSlice(entry.start(), entry.size());
  }

  @Override
  public @Nullable Numbers find(Storage storage) {
    ZipEntry entry = entries.get(folder + "data/" + storage.key());
    if (entry == null) {
      return null;
    }
    return entry.deflated()
        ? new Packed(inflated, entry)
        : new Plain(file, entry.start(), entry.size());
  }
}
