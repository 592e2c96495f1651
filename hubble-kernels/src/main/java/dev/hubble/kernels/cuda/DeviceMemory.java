// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DeviceException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Device memory in blocks that are cut from large pieces, because asking the driver takes long and
/// stops the GPU.
///
/// A UNet step asks for the same sizes in the same order each time and leaves nothing behind, so it
/// gets the same addresses each time, and what was recorded of one step can be played again for the
/// next. For that a block that is given back is free space at once, joined with what is free beside
/// it: where the next one is put depends on what is in use alone, not on what was there before. And
/// small blocks, of which a step may leave some, its latents for one, stay apart from the large
/// ones.
///
/// All work is done in the order of one stream, so a block may be reused while the GPU is still to
/// work on it.
final class DeviceMemory {
  /// What every address is a multiple of.
  private static final long ALIGNMENT = 256;

  // As large as a prompt's keys and values for one layer, which outlast the steps of a run.
  private static final long SMALL = 512 << 10;
  private static final long SMALL_PIECE = 2 << 20; // what drivers give at least

  private static final Comparator<Block> BY_SIZE =
      Comparator.<Block>comparingLong(b -> b.bytes).thenComparingLong(b -> b.address);

  private final Driver driver;
  private final long pieceBytes;
  private final Runnable beforeFree;
  private final Runnable makeRoom;
  private final List<Long> pieces = new ArrayList<>();
  private final TreeSet<Block> free = new TreeSet<>(BY_SIZE);
  // Small blocks keep their size; of several the one with the lowest address is taken.
  private final Map<Long, TreeSet<Block>> small = new HashMap<>();
  private @Nullable Block smallRest;
  private long reserved;
  private long liveBytes;
  private long peakBytes;
  private int live;

  /// A stretch of device memory: in use or free.
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
  /// @param makeRoom called when the driver has no more, to give back what can be spared
  DeviceMemory(Driver driver, long pieceBytes, Runnable beforeFree, Runnable makeRoom) {
    this.driver = driver;
    this.pieceBytes = pieceBytes;
    this.beforeFree = beforeFree;
    this.makeRoom = makeRoom;
  }

  /// A block of at least `bytes` bytes with any content.
  Block take(long bytes) {
    long size = Math.ceilDiv(Math.max(1, bytes), ALIGNMENT) * ALIGNMENT;
    var block = size <= SMALL ? takeSmall(size) : cut(size);
    live++;
    liveBytes += size;
    peakBytes = Math.max(peakBytes, liveBytes);
    return block;
  }

  /// Takes a block back.
  void give(Block block) {
    live--;
    liveBytes -= block.bytes;
    if (block.bytes <= SMALL) {
      small.computeIfAbsent(block.bytes, size -> new TreeSet<>(BY_SIZE)).add(block);
    } else {
      release(block);
    }
  }

  private Block takeSmall(long size) {
    var same = small.get(size);
    if (same != null && !same.isEmpty()) {
      return same.removeFirst();
    }
    var rest = smallRest;
    if (rest == null || rest.bytes < size) {
      rest = piece(SMALL_PIECE);
    }
    smallRest = new Block(rest.address + size, rest.bytes - size);
    return new Block(rest.address, size);
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
    // Pieces that are too small for what comes now were for something else, the loading of weights
    // or another network; they would be held beside this one to the end.
    trim();
    var block = tryPiece(Math.max(pieceBytes, size));
    if (block == null) {
      makeRoom.run();
      if (smallest(size) != null) {
        return; // in a piece of which something else is in use
      }
      block = new Block(lastTry(size), size);
    }
    block.isFree = true;
    free.add(block);
  }

  /// A new piece of `bytes` bytes, making room for it if need be.
  private Block piece(long bytes) {
    var block = tryPiece(bytes);
    if (block == null) {
      makeRoom.run();
      block = new Block(lastTry(bytes), bytes);
    }
    return block;
  }

  /// A new piece of `bytes` bytes, or null if the driver has no more.
  private @Nullable Block tryPiece(long bytes) {
    try {
      return new Block(allocate(bytes), bytes);
    } catch (DeviceException e) {
      if (e.kind() != DeviceException.Kind.OUT_OF_MEMORY) {
        throw e;
      }
      return null;
    }
  }

  private long allocate(long bytes) {
    long address = driver.allocate(bytes);
    pieces.add(address);
    reserved += bytes;
    return address;
  }

  private long lastTry(long size) {
    try {
      return allocate(size);
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

  /// Makes a block free space, joined with what is free beside it.
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
    var whole = free.stream().filter(b -> b.before == null && b.after == null).toList();
    if (whole.isEmpty()) {
      return;
    }
    beforeFree.run();
    driver.await(); // cuMemFree may do so by itself, says its manual, and it may not
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
    small.clear();
    smallRest = null;
    reserved = 0;
    liveBytes = 0;
    live = 0;
  }

  /// Begins to look for the peak anew.
  void forgetPeak() {
    peakBytes = liveBytes;
  }

  /// The most bytes that blocks in use have had.
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
