// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DeviceException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Device memory in blocks that are cut from large pieces, because asking the driver takes long and
/// stops the GPU.
///
/// A block that is given back stays whole at first and goes to the next who asks for just as much:
/// a UNet step asks for the same sizes in the same order each time, so it gets the same addresses
/// each time, and what was recorded of one step can be played again for the next. Idle blocks never
/// add to the peak; when they would, those idle longest become free space again. All work is done
/// in the order of one stream, so a block may be reused while the GPU is still to work on it.
final class DeviceMemory {
  /// What every address is a multiple of.
  private static final long ALIGNMENT = 256;

  private final Driver driver;
  private final long pieceBytes;
  private final Runnable beforeFree;
  private final List<Long> pieces = new ArrayList<>();
  private final TreeSet<Block> free =
      new TreeSet<>(
          Comparator.<Block>comparingLong(b -> b.bytes).thenComparingLong(b -> b.address));
  private final Map<Long, Deque<Block>> idleBySize = new HashMap<>();
  private final LinkedHashSet<Block> idle = new LinkedHashSet<>(); // the longest idle first
  private long reserved;
  private long liveBytes;
  private long idleBytes;
  private long peakBytes;
  private int live;

  /// A stretch of device memory: in use, idle or free.
  static final class Block {
    private final long address;
    private long bytes;
    private boolean isFree;
    private @Nullable Block before; // the neighbours in the same piece
    private @Nullable Block after;

    private Block(long address, long bytes) {
      this.address = address;
      this.bytes = bytes;
    }

    /// Where it begins.
    long address() {
      return address;
    }

    /// How long it is; at least what was asked for.
    long bytes() {
      return bytes;
    }
  }

  /// No memory yet.
  ///
  /// @param pieceBytes how much to ask the driver for at a time, at least
  /// @param beforeFree called before memory goes back to the driver, to start what still uses it
  DeviceMemory(Driver driver, long pieceBytes, Runnable beforeFree) {
    this.driver = driver;
    this.pieceBytes = pieceBytes;
    this.beforeFree = beforeFree;
  }

  /// A block of at least `bytes` bytes with any content.
  Block take(long bytes) {
    long size = Math.ceilDiv(Math.max(1, bytes), ALIGNMENT) * ALIGNMENT;
    var same = idleBySize.get(size);
    Block block;
    if (same != null && !same.isEmpty()) {
      block = same.pop();
      idle.remove(block);
      idleBytes -= size;
    } else {
      while (!idle.isEmpty() && liveBytes + idleBytes + size > peakBytes) {
        releaseOldest();
      }
      block = cut(size);
    }
    live++;
    liveBytes += size;
    peakBytes = Math.max(peakBytes, liveBytes);
    return block;
  }

  /// Takes a block back.
  void give(Block block) {
    live--;
    liveBytes -= block.bytes;
    idle.add(block);
    idleBytes += block.bytes;
    idleBySize.computeIfAbsent(block.bytes, size -> new ArrayDeque<>()).push(block);
  }

  private Block cut(long size) {
    var found = smallest(size);
    if (found == null) {
      addPiece(size);
      found = smallest(size);
    }
    if (found == null) {
      throw new IllegalStateException("a piece of device memory is missing");
    }
    free.remove(found);
    found.isFree = false;
    if (found.bytes > size) {
      var rest = new Block(found.address + size, found.bytes - size);
      rest.before = found;
      rest.after = found.after;
      if (rest.after != null) {
        rest.after.before = rest;
      }
      found.after = rest;
      found.bytes = size;
      rest.isFree = true;
      free.add(rest);
    }
    return found;
  }

  private @Nullable Block smallest(long size) {
    return free.ceiling(new Block(0, size));
  }

  private void addPiece(long size) {
    long bytes = Math.max(pieceBytes, size);
    long address;
    try {
      address = driver.allocate(bytes);
    } catch (DeviceException e) {
      if (e.kind() != DeviceException.Kind.OUT_OF_MEMORY) {
        throw e;
      }
      trim();
      if (smallest(size) != null) {
        return;
      }
      bytes = size;
      address = lastTry(size);
    }
    pieces.add(address);
    reserved += bytes;
    var block = new Block(address, bytes);
    block.isFree = true;
    free.add(block);
  }

  private long lastTry(long size) {
    try {
      return driver.allocate(size);
    } catch (DeviceException e) {
      if (e.kind() != DeviceException.Kind.OUT_OF_MEMORY) {
        throw e;
      }
      long[] memory = driver.memory();
      throw new DeviceException(
          e.kind(),
          e.error(),
          e.call(),
          "%s: %s more are needed, of its %s there are %s free, and Hubble holds %s of this kind."
              .formatted(
                  e.getMessage(),
                  megabytes(size),
                  megabytes(memory[1]),
                  megabytes(memory[0]),
                  megabytes(reserved)));
    }
  }

  private static String megabytes(long bytes) {
    return Math.ceilDiv(bytes, 1_000_000) + " MB";
  }

  private void releaseOldest() {
    var block = idle.removeFirst();
    idleBytes -= block.bytes;
    var same = idleBySize.get(block.bytes);
    if (same != null) {
      same.remove(block);
    }
    release(block);
  }

  /// Makes an idle block free space, joined with what is free beside it.
  private void release(Block block) {
    var whole = block;
    var before = block.before;
    if (before != null && before.isFree) {
      free.remove(before);
      join(before, block);
      whole = before;
    }
    var after = whole.after;
    if (after != null && after.isFree) {
      free.remove(after);
      join(whole, after);
    }
    whole.isFree = true;
    free.add(whole);
  }

  private static void join(Block first, Block second) {
    first.bytes += second.bytes;
    first.after = second.after;
    if (second.after != null) {
      second.after.before = first;
    }
  }

  /// Gives the driver back every piece of which nothing is in use.
  void trim() {
    while (!idle.isEmpty()) {
      releaseOldest();
    }
    idleBySize.clear();
    var whole = free.stream().filter(b -> b.before == null && b.after == null).toList();
    if (whole.isEmpty()) {
      return;
    }
    beforeFree.run();
    for (var block : whole) {
      free.remove(block);
      pieces.remove(block.address);
      reserved -= block.bytes;
      driver.free(block.address);
    }
  }

  /// Gives everything back, whoever has it.
  void close() {
    pieces.forEach(driver::forget);
    pieces.clear();
    free.clear();
    idle.clear();
    idleBySize.clear();
    reserved = 0;
    liveBytes = 0;
    idleBytes = 0;
    live = 0;
  }

  /// Begins to look for the peak anew.
  void forgetPeak() {
    peakBytes = liveBytes;
  }

  /// The most bytes that blocks in use, and idle ones besides, have had.
  long peakBytes() {
    return peakBytes;
  }

  /// How many blocks are in use.
  int live() {
    return live;
  }

  /// How many bytes the driver has given.
  long reservedBytes() {
    return reserved;
  }

  /// How many of these are in no one's use.
  long spareBytes() {
    return reserved - liveBytes;
  }
}
