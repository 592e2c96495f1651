// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DeviceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Launches on their way to the GPU, sixty-four at a time.
///
/// A denoising step is the same few hundred launches every time, down to the addresses. So a piece
/// of the queue that comes for the second time, bit for bit, is recorded as a CUDA graph, and from
/// then on played with a single call: the GPU need not wait between its kernels for the host.
/// Nothing has to be declared for that and nothing can be out of date, because a piece that differs
/// in a single argument is another piece. That a step comes in several pieces lets the GPU begin
/// while Java is still at the rest.
final class LaunchQueue {
  private static final int PIECE = 64;
  // Below that a graph is not worth its while.
  private static final int SMALLEST_GRAPH = 4;
  // Of a 512x512 run there are about 20 pieces that come again.
  private static final int REMEMBERED = 512;

  private static final long COPY = -1;
  private static final long FILL = -2;
  // Words of a launch before its arguments: kernel, x, y, z, block, shared memory, cluster,
  // arguments.
  private static final int HEAD = 8;

  /// How launches get to the GPU.
  enum Mode {
    /// As graphs where they come again.
    GRAPHS,
    /// One by one.
    SINGLE,
    /// One by one, and waits for each: tells which kernel it was that broke the GPU.
    WAIT
  }

  private final Driver driver;
  private final Mode mode;
  private final List<Kernels.Kernel> kernels = new ArrayList<>();
  private final IdentityHashMap<Kernels.Kernel, Integer> numbers = new IdentityHashMap<>();
  private long[] words = new long[PIECE * (HEAD + 16)];
  private int used;
  private int count;
  private int lastAt; // where the last of them begins
  private long asked;
  private long launches;
  private long replayed;
  private final Map<Key, Piece> pieces =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Piece> eldest) {
          if (size() <= REMEMBERED) {
            return false;
          }
          eldest.getValue().forget(driver);
          return true;
        }
      };

  /// What was asked for, word by word.
  private record Key(long[] words, int hash) {
    Key(long[] words) {
      this(words, Arrays.hashCode(words));
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof Key k && k.hash == hash && Arrays.equals(k.words, words);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  private static final class Piece {
    private Driver.@Nullable Graph graph;

    void forget(Driver driver) {
      if (graph != null) {
        driver.forget(graph);
        graph = null;
      }
    }
  }

  LaunchQueue(Driver driver, Mode mode) {
    this.driver = driver;
    this.mode = mode;
  }

  /// Launches `kernel` after everything asked for before.
  ///
  /// @param arguments the kernel's parameters: tensor maps, addresses, integers, and floats by
  ///   [Float#floatToRawIntBits]
  void launch(Kernels.Kernel kernel, long x, long y, long z, long... arguments) {
    launch(kernel, x, y, z, kernel.sharedMemory(), arguments);
  }

  /// The same with shared memory that depends on the sizes.
  void launch(Kernels.Kernel kernel, long x, long y, long z, int sharedMemory, long... arguments) {
    add(kernel, x, y, z, sharedMemory, 1, arguments);
  }

  /// The same for `x` blocks of which each `cluster` neighbours run side by side, on
  /// multiprocessors that reach into each other's shared memory; with 1, as [#launch].
  void launchClusters(Kernels.Kernel kernel, long x, int cluster, long... arguments) {
    add(kernel, x, 1, 1, kernel.sharedMemory(), cluster, arguments);
  }

  private void add(
      Kernels.Kernel kernel,
      long x,
      long y,
      long z,
      int sharedMemory,
      int cluster,
      long... arguments) {
    int at = reserve(HEAD + arguments.length);
    words[at] = number(kernel);
    words[at + 1] = x;
    words[at + 2] = y;
    words[at + 3] = z;
    words[at + 4] = kernel.block();
    words[at + 5] = sharedMemory;
    words[at + 6] = cluster;
    words[at + 7] = arguments.length;
    System.arraycopy(arguments, 0, words, at + HEAD, arguments.length);
    added();
  }

  /// Copies device memory after everything asked for before.
  void copy(long to, long from, long bytes) {
    three(COPY, to, from, bytes);
  }

  /// Sets every byte after everything asked for before.
  void fill(long to, int value, long bytes) {
    three(FILL, to, value, bytes);
  }

  private void three(long what, long a, long b, long c) {
    int at = reserve(4);
    words[at] = what;
    words[at + 1] = a;
    words[at + 2] = b;
    words[at + 3] = c;
    added();
  }

  private int number(Kernels.Kernel kernel) {
    var known = numbers.get(kernel);
    if (known != null) {
      return known;
    }
    kernels.add(kernel);
    numbers.put(kernel, kernels.size() - 1);
    return kernels.size() - 1;
  }

  /// The number of what was asked for last.
  long last() {
    return asked;
  }

  /// Takes the launch of this number back, if nothing came after it and it is still here.
  boolean takeBack(long number) {
    if (count == 0 || number != asked) {
      return false;
    }
    used = lastAt;
    count--;
    asked++; // what was before it cannot be taken back
    return true;
  }

  private int reserve(int n) {
    if (count == PIECE) {
      flush(); // not before: the last one may still be taken back
    }
    if (used + n > words.length) {
      words = Arrays.copyOf(words, 2 * words.length);
    }
    lastAt = used;
    used += n;
    return lastAt;
  }

  private void added() {
    count++;
    asked++;
    if (mode == Mode.WAIT) {
      flush();
    }
  }

  /// Hands everything to the GPU.
  void flush() {
    if (count == 0) {
      return;
    }
    driver.enter();
    int n = count;
    try {
      if (mode == Mode.GRAPHS && n >= SMALLEST_GRAPH) {
        flushPiece(n);
      } else {
        run();
      }
      launches += n;
    } finally {
      used = 0;
      count = 0;
    }
    if (mode == Mode.WAIT) {
      driver.await();
    }
  }

  private void flushPiece(int n) {
    var key = new Key(Arrays.copyOf(words, used));
    var piece = pieces.get(key);
    if (piece == null) {
      pieces.put(key, new Piece());
      run();
      return;
    }
    if (piece.graph == null) {
      piece.graph = driver.record(this::run);
    }
    driver.launch(piece.graph);
    replayed += n;
  }

  private void run() {
    int at = 0;
    while (at < used) {
      long what = words[at];
      if (what == COPY) {
        driver.copy(words[at + 1], words[at + 2], words[at + 3]);
        at += 4;
      } else if (what == FILL) {
        driver.fill(words[at + 1], (int) words[at + 2], words[at + 3]);
        at += 4;
      } else {
        at += launch(at);
      }
    }
  }

  private int launch(int at) {
    var kernel = kernels.get((int) words[at]);
    int n = (int) words[at + 7];
    try {
      driver.launch(
          kernel.function(),
          (int) words[at + 1],
          (int) words[at + 2],
          (int) words[at + 3],
          (int) words[at + 4],
          (int) words[at + 5],
          (int) words[at + 6],
          kernel.maps(),
          words,
          at + HEAD,
          n);
      if (mode == Mode.WAIT) {
        driver.await();
      }
    } catch (DeviceException e) {
      throw new DeviceException(
          e.kind(), e.error(), e.call(), e.getMessage() + " The kernel was " + kernel.name() + ".");
    }
    return HEAD + n;
  }

  /// Forgets what is waiting and everything recorded.
  void close() {
    used = 0;
    count = 0;
    pieces.values().forEach(piece -> piece.forget(driver));
    pieces.clear();
  }

  /// How many launches and copies have gone to the GPU.
  long launches() {
    return launches;
  }

  /// How many of them as part of a graph.
  long replayed() {
    return replayed;
  }
}
