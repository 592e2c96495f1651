// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.safetensors;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.WeightsException;
import dev.hubble.weights.data.Quoted;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Several files that an index makes one. The index decides: a tensor that it does not name is not
/// part of the model, even if a shard holds it.
public final class ShardedStore implements TensorStore {
  private final Path index;
  private final Function<Path, TensorStore> opener;
  private final Map<String, TensorStore> shards = new LinkedHashMap<>();
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private ShardedStore(Path index, Function<Path, TensorStore> opener) {
    this.index = index;
    this.opener = opener;
  }

  /// Opens the index and, by `opener`, all its shards; closes them again if anything is wrong.
  public static ShardedStore open(Path index, Function<Path, TensorStore> opener) {
    Map<String, String> weightMap = ShardIndex.read(index);
    ShardedStore store = new ShardedStore(index, opener);
    try {
      weightMap.forEach(store::add);
      return store;
    } catch (Throwable e) {
      store.close();
      throw e;
    }
  }

  private void add(String tensor, String shard) {
    TensorStore file = shards.computeIfAbsent(shard, name -> openShard(name, tensor));
    StoredTensor found = file.find(tensor);
    if (found == null) {
      throw new WeightsException(
          "%s lacks tensor %s, which %s says it holds; download both again."
              .formatted(file.source(), Quoted.of(tensor), index));
    }
    tensors.put(tensor, found);
  }

  private TensorStore openShard(String name, String tensor) {
    Path path = index.resolveSibling(name);
    if (!Files.exists(path)) {
      throw new WeightsException(
          "%s is missing, although %s says it holds tensor %s; download the rest of the model."
              .formatted(path, index, Quoted.of(tensor)));
    }
    TensorStore opened = opener.apply(path);
    opened.metadata().forEach(metadata::putIfAbsent);
    return opened;
  }

  @Override
  public String source() {
    return index.toString();
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
    return Collections.unmodifiableMap(metadata);
  }

  @Override
  public void close() {
    shards.values().forEach(TensorStore::close);
  }
}
