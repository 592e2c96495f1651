// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One at a time, first come first served, and no more in the queue than may wait.
final class Turns {
  private final int mostWaiting;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Ticket> waiting = new ArrayDeque<>();
  private @Nullable Ticket current;
  private boolean closed;

  Turns(int mostWaiting) {
    if (mostWaiting < 0) {
      throw new HubbleException.BadRequest(
          "The queue is %d long; it must be at least 0.".formatted(mostWaiting));
    }
    this.mostWaiting = mostWaiting;
  }

  /// A place in the queue.
  static final class Ticket {
    /// Done when the turn has come; cancelled if the place was given up.
    final CompletableFuture<@Nullable Void> turn = new CompletableFuture<>();

    private volatile @Nullable Thread worker;

    /// The current thread does the work of this turn.
    void workHere() {
      worker = Thread.currentThread();
    }
  }

  /// Queues up.
  ///
  /// @throws HubbleException.Busy if the queue is full
  Ticket enter() {
    var ticket = new Ticket();
    @Nullable Ticket next;
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("this Hubble is closed");
      }
      if (current != null && waiting.size() >= mostWaiting) {
        throw new HubbleException.Busy(waiting.size());
      }
      waiting.add(ticket);
      next = advance();
    } finally {
      lock.unlock();
    }
    call(next);
    return ticket;
  }

  /// Lets nobody in any more, and queues up behind all that are.
  Ticket enterLast() {
    checkNotInside();
    var ticket = new Ticket();
    @Nullable Ticket next;
    lock.lock();
    try {
      closed = true;
      waiting.add(ticket);
      next = advance();
    } finally {
      lock.unlock();
    }
    call(next);
    return ticket;
  }

  /// Refuses to wait for oneself: a listener of a run that asks the same model for another picture
  /// would do so for ever.
  void checkNotInside() {
    var now = current();
    if (now != null && Thread.currentThread().equals(now.worker)) {
      throw new IllegalStateException(
          "this Hubble is drawing on this very thread: a listener or callback cannot wait for it; use submit");
    }
  }

  /// Gives up a place in the queue; false if its turn has come already.
  boolean giveUp(Ticket ticket) {
    boolean removed;
    lock.lock();
    try {
      removed = waiting.remove(ticket);
    } finally {
      lock.unlock();
    }
    if (removed) {
      ticket.turn.cancel(false);
    }
    return removed;
  }

  /// Leaves wherever `ticket` is, if it is still here.
  void withdraw(Ticket ticket) {
    if (!giveUp(ticket) && before(ticket) == 0) {
      // Nobody but its owner ends a turn, so it still is ours.
      leave(ticket);
    }
  }

  /// Ends the turn of `ticket`, and begins the next.
  void leave(Ticket ticket) {
    @Nullable Ticket next;
    lock.lock();
    try {
      if (!ticket.equals(current)) {
        throw new IllegalStateException("it is not this ticket's turn");
      }
      current = null;
      next = advance();
    } finally {
      lock.unlock();
    }
    call(next);
  }

  /// Under the lock: whose turn has just come, if anyone's.
  private @Nullable Ticket advance() {
    if (current != null) {
      return null;
    }
    current = waiting.poll();
    return current;
  }

  /// Outside the lock: what hangs on the turn runs at once.
  private static void call(@Nullable Ticket next) {
    if (next != null) {
      next.turn.complete(null);
    }
  }

  /// How many are before `ticket`; 0 if it is its turn, -1 if it is not here.
  int before(Ticket ticket) {
    lock.lock();
    try {
      if (ticket.equals(current)) {
        return 0;
      }
      int place = 0;
      for (Ticket other : waiting) {
        place++;
        if (other.equals(ticket)) {
          return place;
        }
      }
      return -1;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Ticket current() {
    lock.lock();
    try {
      return current;
    } finally {
      lock.unlock();
    }
  }
}
