// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static dev.hubble.weights.Made.tensor;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Files that look odd and are valid.
class OddFilesTest {
  private static final String ONE = "{'w':{'dtype':'U8','shape':[2],'data_offsets':[0,2]}}";

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n", "\t", "\r", "  \n\t \r       "})
  void whiteSpaceAfterTheHeaderIsPadding(String padding) {
    TensorStore store = Safetensors.read("odd", Made.file(ONE + padding, 2));
    assertThat(Made.integers(tensor(store, "w"))).containsExactly(1, 2);
  }

  @Test
  void aFileMayHoldNothing() {
    TensorStore store = Safetensors.read("odd", Made.file("{}", 0));
    assertThat(store.names()).isEmpty();
    assertThat(store.metadata()).isEmpty();
    assertThat(store.find("w")).isNull();
    assertThat(store.source()).isEqualTo("odd");
  }

  @Test
  void tensorsAreNamedInTheOrderOfTheirDataWhateverTheirOrderInTheHeader() {
    String header =
        "{'c':{'dtype':'U8','shape':[1],'data_offsets':[3,4]},"
            + "'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]},"
            + "'b':{'dtype':'U8','shape':[1],'data_offsets':[2,3]}}";
    TensorStore store = Safetensors.read("odd", Made.file(header, 4));
    assertThat(store.names()).containsExactly("a", "b", "c");
    assertThat(Made.integers(tensor(store, "a"))).containsExactly(1, 2);
    assertThat(Made.integers(tensor(store, "b"))).containsExactly(3);
    assertThat(Made.integers(tensor(store, "c"))).containsExactly(4);
  }

  @Test
  void dataMayLieAtAnyByte() {
    String header =
        "{'a':{'dtype':'U8','shape':[1],'data_offsets':[0,1]},"
            + "'b':{'dtype':'F64','shape':[1],'data_offsets':[1,9]},"
            + "'c':{'dtype':'F32','shape':[2],'data_offsets':[9,17]},"
            + "'d':{'dtype':'I16','shape':[1],'data_offsets':[17,19]},"
            + "'e':{'dtype':'I64','shape':[1],'data_offsets':[19,27]},"
            + "'f':{'dtype':'F16','shape':[1],'data_offsets':[27,29]},"
            + "'g':{'dtype':'I32','shape':[1],'data_offsets':[29,33]}}";
    for (int shift = 0; shift < 8; shift++) {
      byte[] file = Made.file(header + " ".repeat(shift), 33);
      int data = file.length - 33;
      byte[] values = Made.bytes(1, 9);
      put(file, data, values);
      put(file, data + 1, Made.bytes(8, Double.doubleToLongBits(-2.25)));
      put(file, data + 9, Made.bytes(4, Float.floatToIntBits(1.5f), Float.floatToIntBits(-3f)));
      put(file, data + 17, Made.bytes(2, -7));
      put(file, data + 19, Made.bytes(8, Long.MIN_VALUE));
      put(file, data + 27, Made.bytes(2, Float.floatToFloat16(0.5f)));
      put(file, data + 29, Made.bytes(4, -8));
      TensorStore store = Safetensors.read("odd", file);
      assertThat(Made.integers(tensor(store, "a"))).containsExactly(9);
      assertThat(Made.floats(tensor(store, "b"))).containsExactly(-2.25f);
      assertThat(Made.floats(tensor(store, "c"))).containsExactly(1.5f, -3f);
      assertThat(Made.integers(tensor(store, "d"))).containsExactly(-7);
      assertThat(Made.integers(tensor(store, "e"))).containsExactly(Long.MIN_VALUE);
      assertThat(Made.floats(tensor(store, "f"))).containsExactly(0.5f);
      assertThat(Made.integers(tensor(store, "g"))).containsExactly(-8);
    }
  }

  private static void put(byte[] file, int at, byte[] bytes) {
    System.arraycopy(bytes, 0, file, at, bytes.length);
  }

  @Test
  void aTensorMayBeEmptyOrAScalar() {
    String header =
        "{'none':{'dtype':'F32','shape':[0,3],'data_offsets':[0,0]},"
            + "'nothing':{'dtype':'F32','shape':[0,4611686018427387904,4],'data_offsets':[0,0]},"
            + "'scalar':{'dtype':'U8','shape':[],'data_offsets':[0,1]},"
            + "'last':{'dtype':'I64','shape':[0],'data_offsets':[1,1]}}";
    TensorStore store = Safetensors.read("odd", Made.file(header, 1));
    assertThat(store.names()).containsExactly("none", "nothing", "scalar", "last");
    assertThat(tensor(store, "none").shape()).containsExactly(0, 3);
    assertThat(tensor(store, "nothing").size()).isZero();
    assertThat(Made.floats(tensor(store, "none"))).isEmpty();
    assertThat(tensor(store, "scalar").shape()).isEmpty();
    assertThat(tensor(store, "scalar").size()).isOne();
    assertThat(Made.integers(tensor(store, "scalar"))).containsExactly(1);
  }

  @Test
  void unknownFieldsOfATensorAreIgnored() {
    String header =
        "{'w':{'x':{'dtype':['deep',[null,1e3]]},'dtype':'U8','shape':[2],"
            + "'data_offsets':[0,2],'y':null}}";
    TensorStore store = Safetensors.read("odd", Made.file(header, 2));
    assertThat(Made.integers(tensor(store, "w"))).containsExactly(1, 2);
  }

  @Test
  void namesMayBeEmptyEscapedOrInAnyScript() {
    String header =
        "{'':{'dtype':'U8','shape':[],'data_offsets':[0,1]},"
            + "'\\u0061\\n\\ud83d\\ude00':{'dtype':'U8','shape':[],'data_offsets':[1,2]},"
            + "'\u03b2\ud83d\ude00':{'dtype':'U8','shape':[],'data_offsets':[2,3]}}";
    TensorStore store = Safetensors.read("odd", Made.file(header, 3));
    assertThat(store.names()).containsExactly("", "a\n\ud83d\ude00", "\u03b2\ud83d\ude00");
  }

  @Test
  void metadataAreStringsAndMayBeNull() {
    assertThat(Safetensors.read("odd", Made.file("{'__metadata__':null}", 0)).metadata()).isEmpty();
    assertThat(Safetensors.read("odd", Made.file("{'__metadata__':{}}", 0)).metadata()).isEmpty();
    TensorStore store =
        Safetensors.read("odd", Made.file("{'__metadata__':{'format':'pt','':'x\\u0000'}}", 0));
    assertThat(store.metadata()).isEqualTo(Map.of("format", "pt", "", "x\0"));
    assertThat(store.names()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(StoredType.class)
  void everyKnownTypeCanBeOpenedAndIsReadOrRefusedByName(StoredType type) {
    // Eight elements fill whole bytes in any format.
    String header =
        "{'w':{'dtype':'%s','shape':[8],'data_offsets':[0,%d]}}".formatted(type, type.bits());
    TensorStore store = Safetensors.read("odd", Made.file(header, type.bits()));
    StoredTensor w = tensor(store, "w");
    assertThat(w.type()).isEqualTo(type);
    assertThat(w.size()).isEqualTo(8);
    assertThat(w.file()).isEqualTo("odd");
    if (type.isFloat()) {
      assertThat(Made.floats(w)).hasSize(8);
    } else {
      Made.fails(() -> Made.floats(w), "odd", "tensor \"w\"", type.name(), "F32, F16 or BF16");
    }
    if (type.isInteger()) {
      assertThat(Made.integers(w)).hasSize(8);
    } else {
      Made.fails(() -> Made.integers(w), "odd", "tensor \"w\"", type.name(), "integers");
    }
  }

  @Test
  void aU64BeyondLongIsRefusedRatherThanNegative() {
    byte[] header =
        "{\"w\":{\"dtype\":\"U64\",\"shape\":[2],\"data_offsets\":[0,16]}}"
            .getBytes(StandardCharsets.UTF_8);
    TensorStore store = Safetensors.read("odd", Made.file(header, Made.bytes(8, 5, -1)));
    long[] one = new long[1];
    tensor(store, "w").read(0, one, 0, 1);
    assertThat(one).containsExactly(5);
    Made.fails(() -> Made.integers(tensor(store, "w")), "odd", "tensor \"w\"", "U64");
  }

  @Test
  void aBooleanThatIsNeitherZeroNorOneIsTrue() {
    String header = "{'w':{'dtype':'BOOL','shape':[3],'data_offsets':[0,3]}}";
    byte[] file = Made.file(header, 3);
    file[file.length - 1] = 0;
    assertThat(Made.integers(tensor(Safetensors.read("odd", file), "w"))).containsExactly(1, 1, 0);
  }
}
