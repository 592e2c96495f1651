// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.weights.Made;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.TorchCheckpoints;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Pickles that would harm whoever loads them in Python, and pickles that would harm the loader:
/// nothing in them happens, and what they wanted is named if a weight depends on it.
class HostilePicklesTest {
  private static TensorStore read(byte[] pickle) {
    return TorchCheckpoints.read("made", ZipWriter.checkpoint(pickle, 4));
  }

  private static void refused(PickleWriter pickle, String... words) {
    byte[] bytes = pickle.end();
    assertThat(Made.fails(() -> read(bytes), words).getMessage())
        .startsWith("made")
        .hasSizeLessThan(500);
  }

  /// Puts a value that has been made under the name of a weight, beside a good one.
  private static PickleWriter weight() {
    return PickleWriter.start().ops("}(").text("good.weight").floats("0", 4).text("bad.weight");
  }

  @ParameterizedTest
  @CsvSource({
    "os, system",
    "posix, system",
    "nt, system",
    "builtins, eval",
    "__builtin__, exec",
    "subprocess, Popen",
    "webbrowser, open",
    "torch.hub, load",
    "torch.serialization, load",
    "numpy.core.multiarray, _reconstruct",
    "torch._utils, _rebuild_qtensor",
    "runpy, _run_code"
  })
  void aFunctionIsNeverCalledAndIsNamedWhereAWeightDependsOnIt(String module, String name) {
    refused(
        weight().global(module, name).ops("(").text("touch /tmp/owned").ops("tRu"),
        "\"bad.weight\"",
        "\"" + module + "." + name + "\"",
        "at byte");
    // As the whole file.
    refused(
        PickleWriter.start().global(module, name).ops("(").text("id").ops("tR"),
        "\"" + module + "." + name + "\"");
    // As an instruction in passing, with the good weights after it.
    var beside =
        PickleWriter.start()
            .ops("}(")
            .text("callback")
            .global(module, name)
            .ops("(")
            .text("id")
            .ops("tR")
            .text("good.weight")
            .floats("0", 4)
            .ops("u");
    try (var store = read(beside.end())) {
      assertThat(store.names()).containsExactly("good.weight");
      assertThat(Made.floats(Made.tensor(store, "good.weight"))).containsExactly(0, 1, 2, 3);
    }
  }

  @Test
  void anObjectThatReducesItselfIsNamed() {
    // What pickle makes of a class with __reduce__, in protocols 2 and 4.
    refused(weight().global("evil", "Payload").ops(")").op(0x81).ops("}bu"), "evil.Payload");
    refused(weight().global("evil", "Payload").ops(")}").op(0x92).ops("u"), "evil.Payload");
    refused(
        weight().op(0x8c).op(4).ops("evil").op(0x8c).op(7).ops("Payload").op(0x93).ops(")Ru"),
        "evil.Payload");
    // copyreg's way.
    refused(
        weight()
            .global("copyreg", "_reconstructor")
            .op('(')
            .global("evil", "Payload")
            .global("builtins", "object")
            .ops("NtRu"),
        "copyreg._reconstructor");
  }

  @Test
  void whatAFunctionReturnsIsNotCalledEither() {
    refused(
        weight()
            .global("builtins", "getattr")
            .op('(')
            .global("os", "path")
            .text("system")
            .ops("tR(")
            .text("id")
            .ops("tRu"),
        "builtins.getattr");
  }

  @Test
  void theArgumentsOfATensorMustBeThose() {
    refused(
        weight()
            .global("torch._utils", "_rebuild_tensor_v2")
            .op('(')
            .global("os", "system")
            .view(0, new long[] {1}, new long[] {1})
            .ops("u"),
        "bad.weight",
        "arguments");
    refused(weight().global("torch._utils", "_rebuild_tensor_v2").ops(")Ru"), "arguments");
    refused(weight().global("torch._utils", "_rebuild_parameter").ops(")Ru"), "_rebuild_parameter");
    refused(
        weight()
            .global("torch._tensor", "_rebuild_from_type_v2")
            .op('(')
            .global("os", "system")
            .global("torch", "Tensor")
            .ops("(")
            .text("id")
            .ops("t}tRu"),
        "_rebuild_from_type_v2");
    refused(
        weight()
            .global("torch._utils", "_rebuild_tensor_v2")
            .op('(')
            .storage("FloatStorage", "0", 4)
            .number(0)
            .text("shape")
            .numbers(1)
            .op(0x89)
            .ops("NtRu"),
        "shape");
  }

  @Test
  void onlyStoragesLieOutsideAPickle() {
    refused(weight().text("0").ops("Qu"), "bad.weight", "no storage");
    refused(
        weight().op('(').text("module").global("a", "B").text("a.py").text("x").ops("tQu"),
        "no storage");
    refused(
        weight()
            .op('(')
            .text("storage")
            .global("os", "system")
            .text("0")
            .text("cpu")
            .number(4)
            .ops("tQu"),
        "os.system");
    // One that contains another.
    refused(
        weight()
            .global("torch._utils", "_rebuild_tensor_v2")
            .op('(')
            .op('(')
            .text("storage")
            .global("torch", "FloatStorage")
            .storage("FloatStorage", "0", 4)
            .text("cpu")
            .number(4)
            .ops("tQ")
            .view(0, new long[] {4}, new long[] {1})
            .ops("u"),
        "bad.weight");
  }

  @Test
  void buildingOnWhatIsNoTableChangesNothing() {
    refused(weight().global("os", "environ").ops("}bu"), "os.environ");
    refused(weight().floats("0", 4).ops(")bu"), "bad.weight", "changed after it was made");
    refused(weight().ops("Nbu"), "made");
    // A symbol that has a meaning does not get another.
    var pickle =
        PickleWriter.start()
            .global("collections", "OrderedDict")
            .put(7)
            .ops("}b")
            .ops("}")
            .op(0x86);
    refused(pickle, "no table of weights");
  }

  @Test
  void aNameIsNoWeight() {
    refused(weight().global("os", "system").ops("u"), "bad.weight", "only the name \"os.system\"");
    refused(PickleWriter.start().global("os", "system"), "only the name");
    refused(PickleWriter.start().floats("0", 4), "single tensor");
    refused(PickleWriter.start().ops("N"), "no table");
    refused(PickleWriter.start().ops("}"), "no table of tensors");
    refused(PickleWriter.start().ops("}").text("string_to_param").ops("}s"), "textual inversion");
  }

  @Test
  void aBillionLaughsAreNotLaughed() {
    var pickle = PickleWriter.start().ops("}(").text("lol").ops(")").put(0);
    for (int i = 0; i < 1000; i++) {
      pickle.ops("(");
      for (int k = 0; k < 10; k++) {
        pickle.get(i);
      }
      pickle.ops("t").put(i + 1);
    }
    // The thousand unused tuples are in one list, so that one value is left.
    byte[] laughs = unwound(1000);
    try (var store = read(laughs)) {
      assertThat(store.names()).containsExactly("good.weight");
    }
    refused(pickle, "it ends with");
  }

  /// Tuples of ten of the tuple before, so that the last has 10^depth leaves, as one weight's
  /// neighbour.
  private static byte[] unwound(int depth) {
    var pickle = PickleWriter.start().ops("}(").text("good.weight").floats("0", 4).text("lol");
    pickle.ops(")").put(0);
    for (int i = 0; i < depth; i++) {
      // The tuple before is itself the first of ten.
      pickle.put(i);
      pickle.op(0x85);
      pickle.put(1_000_000 + i);
      pickle.ops("]").ops("(").get(1_000_000 + i);
      for (int k = 0; k < 9; k++) {
        pickle.get(i);
      }
      pickle.ops("e").op(0x86);
    }
    return pickle.ops("u").end();
  }

  @Test
  void aValueMayContainItself() {
    var pickle =
        PickleWriter.start()
            .ops("}")
            .put(0)
            .text("state_dict")
            .get(0)
            .ops("s")
            .text("w")
            .floats("0", 4)
            .ops("s");
    try (var store = read(pickle.end())) {
      assertThat(store.names()).containsExactly("w");
    }
    // As its own key, too, which Python could not even hash.
    try (var store = read(pickle.get(0).get(0).ops("s").end())) {
      assertThat(store.names()).containsExactly("w");
    }
  }

  @Test
  void nestingIsLimited() {
    var pickle = PickleWriter.start();
    for (int i = 0; i < 5000; i++) {
      pickle.ops("(");
    }
    refused(pickle, "nested");
    // Without marks, values nest as deep as they like: nobody walks them.
    var deep =
        PickleWriter.start().ops("}").text("w").floats("0", 4).ops("s").text("deep").ops(")");
    for (int i = 0; i < 200_000; i++) {
      deep.op(0x85);
    }
    try (var store = read(deep.ops("s").end())) {
      assertThat(store.names()).containsExactly("w");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 1000, 0x7FFF_FFFFL, 0x8000_0000L, 0xFFFF_FFFFL})
  void aTextIsAsLongAsThereAreBytes(long size) {
    byte[] pickle = PickleWriter.start().textOf(size, "abc").end();
    Made.fails(() -> read(pickle), "made", "at byte");
    byte[] wide = PickleWriter.start().op(0x8d).raw(Made.bytes(8, -size)).ops("abc").end();
    Made.fails(() -> read(wide), "made", "at byte");
    byte[] skipped = PickleWriter.start().op(0x8e).raw(Made.bytes(8, -size)).ops("abc").end();
    Made.fails(() -> read(skipped), "made", "cut short");
  }

  @Test
  void textsAreUtf8() {
    refused(
        PickleWriter.start().op('X').raw(Made.bytes(4, 2)).raw((byte) 0xC3, (byte) 0x28), "UTF-8");
  }

  @Test
  void manyStepsEnd() {
    byte[] steps = new byte[6_000_000];
    Arrays.fill(steps, (byte) 'N');
    for (int i = 0; i < steps.length; i += 2) {
      steps[i] = (byte) '(';
      steps[i + 1] = (byte) 't';
    }
    refused(PickleWriter.start().raw(steps), "no end after");
  }

  @Test
  void wholeNumbersOfAnyLength() {
    for (int size : new int[] {0, 1, 7, 8, 9, 255}) {
      byte[] digits = new byte[size];
      Arrays.fill(digits, (byte) 0x11);
      var pickle =
          PickleWriter.start()
              .ops("}(")
              .text("n")
              .op(0x8a)
              .op(size)
              .raw(digits)
              .text("w")
              .floats("0", 4)
              .ops("u");
      try (var store = read(pickle.end())) {
        assertThat(store.names()).containsExactly("w");
      }
    }
    byte[] cut = PickleWriter.start().op(0x8a).op(255).ops("abc").end();
    Made.fails(() -> read(cut), "cut short");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "t", "u", "e", "s", "a", "b", "R", "Q", "}s", "}Ns", "(a", "N(s", "}(Nu", "](Rt", ")a",
        ")s", "N)R", "}}R", ".", "((", "NN", "(N"
      })
  void theStackIsNotUndercut(String ops) {
    refused(PickleWriter.start().ops(ops), "at byte");
  }

  @Test
  void theMemoIsNotMisused() {
    refused(PickleWriter.start().get(0), "never kept");
    refused(PickleWriter.start().ops("N").put(1).get(2), "never kept");
    refused(PickleWriter.start().put(0), "none");
    refused(PickleWriter.start().ops("N(").put(0), "none");
    refused(PickleWriter.start().op(0x94), "none");
    refused(PickleWriter.start().ops("N").put(0xFFFF_FFFFL).get(0xFFFF_FFFFL), "2 values");
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        '0', '1', '2', 'F', 'I', 'L', 'P', 'S', 'T', 'V', 'd', 'g', 'i', 'l', 'o', 'p', 0x82, 0x83,
        0x84, 0x8b, 0x97, 0x98, 0, 0xFF
      })
  void instructionsThatPyTorchDoesNotWriteAreRefused(int op) {
    refused(PickleWriter.start().ops("N").op(op).ops("NNN"), "0x%02x".formatted(op), "at byte");
  }

  @Test
  void aProtocolOfTheFutureIsRefused() {
    refused(new PickleWriter().op(0x80).op(6).ops("N"), "protocol 6");
  }

  @Test
  void tricksWithTheLinesOfASymbol() {
    // Two lines make one symbol: what follows are instructions again.
    refused(weight().global("torch._utils\nx", "y").ops(")Ru"), "0x79");
    refused(weight().global("collections.OrderedDict", "").ops(")Ru"), "collections.OrderedDict.");
    refused(weight().global("os\r", "system\u001b[31m").ops(")Ru"), "os\\u000d.system\\u001b[31m");
    refused(weight().global("", "").ops(")Ru"), "\".\"");
    refused(weight().op('c').raw(new byte[5000]), "no end");
    byte[] unended = weight().op('c').ops("torch").bytes();
    Made.fails(() -> read(unended), "made");
  }

  @ParameterizedTest
  @CsvSource({
    "5, 0, 4, 1, bytes",
    "3, 0, 3, 1, bytes",
    "4, 1, 4, 1, beyond",
    "4, 0, 5, 1, beyond",
    "4, 0, 2, 4, beyond",
    "4, 4, 1, 1, beyond",
    "4, 9223372036854775807, 1, 1, beyond",
    "4, 0, 9223372036854775807, 0, repeats",
    "4, 0, 3, 9223372036854775807, too many",
    "4, -1, 1, 1, sizes",
    "4, 0, -1, 1, sizes",
    "4, 0, 1, -1, sizes",
    "4, 0, 5, 0, repeats",
    "4, 5, 0, 1, beyond",
    "-4, 0, 1, 1, storage",
    "4611686018427387904, 0, 1, 1, bytes"
  })
  void aViewStaysInItsStorageAndThatInTheFile(
      long elements, long first, long size, long stride, String problem) {
    refused(
        weight()
            .tensor("FloatStorage", "0", elements, first, new long[] {size}, new long[] {stride})
            .ops("u"),
        "bad.weight",
        problem);
  }

  @Test
  void aShapeHasFewAxesWithFewElements() {
    refused(
        weight().tensor("FloatStorage", "0", 4, 0, new long[65], new long[65]).ops("u"),
        "bad.weight");
    long[] huge = {1L << 32, 1L << 32};
    refused(weight().tensor("FloatStorage", "0", 4, 0, huge, new long[2]).ops("u"), "too many");
    refused(
        weight().tensor("FloatStorage", "0", 4, 0, new long[] {1}, new long[2]).ops("u"),
        "strides");
  }

  @Test
  void aStorageMustBeThere() {
    refused(weight().floats("../0", 4).ops("u"), "bad.weight", "missing");
    refused(weight().floats("1", 4).ops("u"), "bad.weight", "storage \"1\" is missing");
    refused(
        weight().tensor("QInt8Storage", "0", 16, 0, new long[] {1}, new long[] {1}).ops("u"),
        "torch.QInt8Storage");
  }
}
