// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.data.Quoted;
import dev.hubble.weights.torch.Values.Row;
import dev.hubble.weights.torch.Values.Storage;
import dev.hubble.weights.torch.Values.Table;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The form before PyTorch 1.6: five pickles (a magic number, a version, what the machine was like,
/// what was saved, the keys of the storages), then for each key the count of elements and these.
///
/// How wide an element is stands in the pickle only, so every storage that the file holds must be
/// mentioned there to find the next.
final class OldForm implements Archive {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long VERSION = 1001;

  private final FileBytes file;
  private final Object root;
  private final Map<String, Numbers> numbers = new HashMap<>();
  private long at;

  OldForm(FileBytes file) {
    this.file = file;
    if (!MAGIC.equals(next(new HashMap<>()))) {
      throw Broken.file(file.file(), "it is a pickle that PyTorch did not save");
    }
    if (!Long.valueOf(VERSION).equals(next(new HashMap<>()))) {
      throw Broken.file(file.file(), "it is of an unknown version");
    }
    if (next(new HashMap<>()) instanceof Table machine
        && Boolean.FALSE.equals(machine.get("little_endian"))) {
      throw Broken.other(
          file.file(),
          "was saved on a machine of the other byte order",
          "use a safetensors version of the model");
    }
    Map<String, Storage> storages = new HashMap<>();
    this.root = next(storages);
    if (!(next(new HashMap<>()) instanceof Row keys)) {
      throw Broken.file(file.file(), "it has no list of its storages");
    }
    locate(keys.items, storages);
  }

  private Object next(Map<String, Storage> storages) {
    PickleInput input = new PickleInput(file.file(), file.segment(), at);
    Object value = new Unpickler(input, storages).read();
    at = input.end();
    return value;
  }

  private void locate(List<Object> keys, Map<String, Storage> storages) {
    for (Object key : keys) {
      Storage storage = key instanceof String name ? storages.get(name) : null;
      if (storage == null || numbers.containsKey(storage.key())) {
        throw Broken.file(file.file(), "its list of storages names one that is not there");
      }
      long elements = at > file.size() - Long.BYTES ? -1 : LittleEndian.u64(file.segment(), at);
      int width = Dtypes.bytes(storage.className());
      long left = file.size() - at - Long.BYTES;
      if (elements < 0 || elements > left / width) {
        throw Broken.file(
            file.file(), "it is cut short in the storage " + Quoted.of(storage.key()));
      }
      if (elements != storage.elements()) {
        throw Broken.file(
            file.file(),
            "its storage %s has %d elements instead of %d"
                .formatted(Quoted.of(storage.key()), elements, storage.elements()));
      }
      numbers.put(storage.key(), new Plain(file, at + Long.BYTES, elements * width));
      at += Long.BYTES + elements * width;
    }
    if (at != file.size()) {
      throw Broken.file(
          file.file(), "%d bytes follow its last storage".formatted(file.size() - at));
    }
  }

  @Override
  public Object root() {
    return root;
  }

  @Override
  public @Nullable Numbers find(Storage storage) {
    return numbers.get(storage.key());
  }
}
