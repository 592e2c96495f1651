// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Where a pickle keeps values: a stack with marks in it, and a table of values to come back to.
final class PickleStack {
  /// A pickle nests as deep as the lists and tables in it.
  private static final int DEEPEST = 1000;

  private static final int MOST = 1 << 21;

  private final PickleInput input;
  private final List<Object> values = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();

  PickleStack(PickleInput input) {
    this.input = input;
  }

  void push(Object value) {
    if (values.size() >= MOST) {
      throw input.broken("there are more than " + MOST + " values at a time");
    }
    values.add(value);
  }

  /// What lies below the last mark belongs to someone else.
  private int floor() {
    return marks.isEmpty() ? 0 : marks.getLast();
  }

  Object pop() {
    if (values.size() <= floor()) {
      throw input.broken("a value is taken where there is none");
    }
    return values.removeLast();
  }

  Object top() {
    if (values.size() <= floor()) {
      throw input.broken("a value is asked for where there is none");
    }
    return values.getLast();
  }

  /// The last `count` values as a tuple.
  Values.Tuple tuple(int count) {
    if (values.size() - floor() < count) {
      throw input.broken("a value is taken where there is none");
    }
    return new Values.Tuple(cut(values.size() - count));
  }

  void mark() {
    if (marks.size() >= DEEPEST) {
      throw input.broken("its values are nested more than " + DEEPEST + " deep");
    }
    marks.add(values.size());
  }

  /// The values since the last mark, which goes with them.
  List<Object> sinceMark() {
    if (marks.isEmpty()) {
      throw input.broken("a mark is asked for where there is none");
    }
    return cut(marks.removeLast());
  }

  private List<Object> cut(int from) {
    List<Object> tail = values.subList(from, values.size());
    List<Object> cut = new ArrayList<>(tail);
    tail.clear();
    return cut;
  }

  /// Remembers the value on top.
  void remember(long index) {
    if (memo.size() >= MOST) {
      throw input.broken("there are more than " + MOST + " values to come back to");
    }
    memo.put(index, top());
  }

  /// Remembers the value on top under the next number.
  void remember() {
    remember(memo.size());
  }

  Object recall(long index) {
    Object value = memo.get(index);
    if (value == null) {
      throw input.broken("value " + index + " is asked for and was never kept");
    }
    return value;
  }

  /// The only value that is left.
  Object result() {
    if (!marks.isEmpty() || values.size() != 1) {
      throw input.broken("it ends with %d values instead of one".formatted(values.size()));
    }
    return values.getFirst();
  }
}
