// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntArrays;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;
import java.text.Normalizer;

/// Brings long runs of combining marks into canonical order before [Normalizer] sees them.
///
/// Normalising sorts the marks on a letter by their combining class. The JDK does so by insertion,
/// which takes minutes for a hostile "letter" with a megabyte of marks. Sorting them first, which
/// changes nothing about the result, leaves it no work. The JDK does not tell the classes, but
/// normalising two marks shows which of them goes first.
final class CanonicalOrder {
  /// Text in any script stays far below this many marks on a letter.
  private static final int LONG = 64;

  private CanonicalOrder() {}

  static String sortLongRuns(String text) {
    StringBuilder out = null;
    int copied = 0;
    int i = 0;
    while (i < text.length()) {
      int start = i;
      int marks = 0;
      while (i < text.length() && isMark(text.codePointAt(i))) {
        i += Character.charCount(text.codePointAt(i));
        marks++;
      }
      if (marks > LONG) {
        out = out == null ? new StringBuilder(text.length()) : out;
        out.append(text, copied, start);
        appendSorted(text.substring(start, i), out);
        copied = i;
      }
      if (i < text.length()) {
        i += Character.charCount(text.codePointAt(i));
      }
    }
    return out == null ? text : out.append(text, copied, text.length()).toString();
  }

  private static boolean isMark(int c) {
    return switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK ->
          true;
      default -> false;
    };
  }

  /// Sorts each stretch of marks that may change places, after taking composed marks apart.
  private static void appendSorted(String run, StringBuilder out) {
    var marks = new IntArrayList();
    var decompositions = new Int2ObjectOpenHashMap<int[]>();
    run.codePoints()
        .forEach(c ->
            marks.addElements(
                marks.size(), decompositions.computeIfAbsent(c, CanonicalOrder::nfd)));
    Int2IntOpenHashMap order = order(marks);
    int[] all = marks.toIntArray();
    for (int from = 0; from < all.length; ) {
      int to = from;
      while (to < all.length && order.get(all[to]) > 0) {
        to++;
      }
      IntArrays.mergeSort(all, from, to, (a, b) -> Integer.compare(order.get(a), order.get(b)));
      for (int i = from; i < Math.min(to + 1, all.length); i++) {
        out.appendCodePoint(all[i]);
      }
      from = to + 1;
    }
  }

  /// A number for each mark: 0 if it never moves, else growing with the combining class.
  private static Int2IntOpenHashMap order(IntArrayList marks) {
    int[] distinct = new IntOpenHashSet(marks).intStream().filter(CanonicalOrder::moves).toArray();
    IntArrays.mergeSort(distinct, CanonicalOrder::compareClasses);
    var order = new Int2IntOpenHashMap();
    for (int i = 0, rank = 1; i < distinct.length; i++) {
      if (i > 0 && compareClasses(distinct[i - 1], distinct[i]) != 0) {
        rank++;
      }
      order.put(distinct[i], rank);
    }
    return order;
  }

  private static boolean moves(int mark) {
    // Classes are 1 (U+0334) to 240 (U+0345); anything else than class 0 changes places with one of
    // the two.
    return compareClasses(mark, 0x334) != 0 || compareClasses(mark, 0x345) != 0;
  }

  private static int compareClasses(int a, int b) {
    return changePlaces(a, b) ? 1 : changePlaces(b, a) ? -1 : 0;
  }

  private static boolean changePlaces(int a, int b) {
    String pair = Character.toString(a) + Character.toString(b);
    return !Normalizer.isNormalized(pair, Normalizer.Form.NFD);
  }

  private static int[] nfd(int c) {
    return Normalizer.normalize(Character.toString(c), Normalizer.Form.NFD).codePoints().toArray();
  }
}
