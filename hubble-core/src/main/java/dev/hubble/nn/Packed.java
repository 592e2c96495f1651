// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What a backend has been given of a network's weights, by their keys. Read again with this, a
/// network shares all that is here, and only the rest is packed.
public final class Packed {
  private final ConcurrentHashMap<String, Object> handles = new ConcurrentHashMap<>();

  /// Nothing yet.
  public Packed() {}

  /// A copy that lacks `keys`: these will be read again.
  public Packed without(Collection<String> keys) {
    var copy = new Packed();
    copy.handles.putAll(handles);
    keys.forEach(copy.handles::remove);
    return copy;
  }

  @Nullable Object get(String key) {
    return handles.get(key);
  }

  void put(String key, Object handle) {
    handles.put(key, handle);
  }
}
