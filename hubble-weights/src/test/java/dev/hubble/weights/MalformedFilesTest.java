// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Files that are damaged or made to hurt. Each ends in a sentence that names the file, the tensor
/// where there is one, and what is wrong.
class MalformedFilesTest {
  private static final String NAME = "bad.safetensors";
  private static final byte[] NONE = {};

  @ParameterizedTest(name = "{0}")
  @MethodSource({"wholeFiles", "headers", "fields", "layouts", "metadata"})
  void isRefused(String what, byte[] file, String[] words) {
    Made.fails(() -> Safetensors.read(NAME, file), words);
    Made.fails(() -> Safetensors.read(NAME, file), NAME);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"wholeFiles", "headers", "fields", "layouts", "metadata"})
  void isRefusedWhenMappedAndCanBeDeletedAtOnce(
      String what, byte[] file, String[] words, @TempDir Path folder) throws IOException {
    Path path = folder.resolve(NAME);
    Files.write(path, file);
    Made.fails(() -> Safetensors.open(path), words);
    Made.fails(() -> Safetensors.open(path), path.toString());
    Files.delete(path);
  }

  private static Arguments bad(String what, byte[] file, String... words) {
    return arguments(what, file, words);
  }

  /// A file in whose header `'` stands for `"`.
  private static Arguments bad(String what, String header, int dataSize, String... words) {
    return bad(what, Made.file(header, dataSize), words);
  }

  /// A file with one tensor called `w`, described so.
  private static Arguments field(String what, String description, String... words) {
    String[] all = Arrays.copyOf(words, words.length + 1);
    all[words.length] = "tensor \"w\"";
    return bad(what, "{'w':" + description + "}", 4, all);
  }

  static Stream<Arguments> wholeFiles() {
    byte[] good = Made.file("{'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}", 4);
    return Stream.of(
        bad("nothing", NONE, "only 0 bytes"),
        bad("seven bytes", new byte[7], "only 7 bytes"),
        bad("half a length", Arrays.copyOf(good, 4), "only 4 bytes"),
        bad("a length and no header", Arrays.copyOf(good, 8), "cut short", "0 bytes"),
        bad("half a header", Arrays.copyOf(good, 30), "cut short"),
        bad("a byte short", Arrays.copyOf(good, good.length - 1), "cut short", "3 bytes"),
        bad("a byte too many", Arrays.copyOf(good, good.length + 1), "1 bytes follow"),
        bad("a header over the limit", longHeader(100_000_001L), "100000001", "limit of 100000000"),
        bad("a header at the limit", longHeader(100_000_000L), "cut short"),
        bad("a header of 2^63 bytes", longHeader(Long.MIN_VALUE), "9223372036854775808"),
        bad("a header of 2^64-1 bytes", longHeader(-1), "18446744073709551615"),
        bad("a header of 2^63-1 bytes", longHeader(Long.MAX_VALUE), "9223372036854775807"),
        bad("a big-endian length", new byte[] {0, 0, 0, 0, 0, 0, 0, 2, '{', '}'}, "limit"),
        bad(
            "a Git LFS pointer",
            "version https://git-lfs.github.com/spec/v1\n".getBytes(UTF_8),
            "git lfs pull"),
        bad("a web page", "<!DOCTYPE html><html></html>".getBytes(UTF_8), "web page"),
        bad("a bare web page", "<html><body></body></html>".getBytes(UTF_8), "web page"),
        bad("a PyTorch file", "PK\3\4........".getBytes(ISO_8859_1), "PyTorch"));
  }

  private static byte[] longHeader(long length) {
    return Made.bytes(8, length, 0);
  }

  static Stream<Arguments> headers() {
    byte[] brokenUtf8 = "{\"w\u00ff\":{}}".getBytes(ISO_8859_1);
    byte[] overlong = "{\"\u00c0\u0080\":{}}".getBytes(ISO_8859_1);
    byte[] surrogate = "{\"\u00ed\u00a0\u0080\":{}}".getBytes(ISO_8859_1);
    return Stream.of(
        bad("an empty header", "", 0, "brace"),
        bad("a leading space", " {}", 0, "brace"),
        bad("a leading newline", "\n{}", 0, "brace"),
        bad("a byte order mark", "\ufeff{}", 0, "brace"),
        bad("a list", "[]", 0, "brace"),
        bad("a string", "'x'", 0, "brace"),
        bad("UTF-16", Made.file("{}".getBytes(UTF_16LE), NONE), "not valid JSON"),
        bad("a byte that is not UTF-8", Made.file(brokenUtf8, NONE), "not UTF-8"),
        bad("an overlong encoding", Made.file(overlong, NONE), "not UTF-8"),
        bad("a surrogate in UTF-8", Made.file(surrogate, NONE), "not UTF-8"),
        bad("no closing brace", "{", 0, "not valid JSON"),
        bad("a trailing NUL", "{}\0", 0, "not valid JSON"),
        bad("a trailing comma", "{'__metadata__':{},}", 0, "not valid JSON"),
        bad("two objects", "{}{}", 0, "after the closing brace"),
        bad("a word after the object", "{} true", 0, "after the closing brace"),
        bad("a comment", "{/**/}", 0, "not valid JSON"),
        bad("single quotes", Made.file("{'w':1}".getBytes(UTF_8), NONE), "not valid JSON"),
        bad("a name without quotes", "{w:1}", 0, "not valid JSON"),
        bad("a raw line break in a name", "{'a\nb':{}}", 0, "not valid JSON"),
        bad("half a surrogate pair as a name", "{'\\ud800':{}}", 0, "not valid JSON"),
        bad("half a pair, the wrong way round", "{'\\udc00\\ud800':{}}", 0, "not valid JSON"),
        bad("deep nesting", "{'w':{'x':" + "[".repeat(90_000), 0, "limits on nesting"),
        bad("a number of many digits", "{'w':{'shape':[" + "9".repeat(90_000) + "]}}", 0, "limits"),
        bad("a name of a megabyte", "{'" + "n".repeat(1_000_000) + "':{}}", 0, "limits"));
  }

  static Stream<Arguments> fields() {
    String rest = ",'shape':[1],'data_offsets':[0,4]}";
    String start = "{'dtype':'F32','shape':[1],";
    return Stream.of(
        field("a tensor that is null", "null", "object"),
        field("a tensor that is a number", "1", "object"),
        field("a tensor as a list", "['F32',[1],[0,4]]", "object"),
        field("an empty tensor description", "{}", "no dtype"),
        field("no dtype", "{'shape':[1],'data_offsets':[0,4]}", "no dtype"),
        field("no shape", "{'dtype':'F32','data_offsets':[0,4]}", "no shape"),
        field("no offsets", "{'dtype':'F32','shape':[1]}", "no data_offsets"),
        field("an unknown dtype", "{'dtype':'F12'" + rest, "unknown number format \"F12\""),
        field("a dtype in lower case", "{'dtype':'f32'" + rest, "unknown", "\"f32\""),
        field("a hostile dtype", "{'dtype':'a\\u001b[2J\\nb'" + rest, "\\u001b[2J\\u000ab"),
        field("a dtype that is a number", "{'dtype':7" + rest, "dtype", "string"),
        field("a dtype that is null", "{'dtype':null" + rest, "dtype", "string"),
        field("two dtypes", "{'dtype':'F32','dtype':'F32'" + rest, "two fields dtype"),
        field("two shapes", "{'dtype':'F32','shape':[1]" + rest, "two fields shape"),
        field("two offsets", start + "'data_offsets':[0,4],'data_offsets':[0,4]}", "two fields"),
        field("a shape that is a number", "{'dtype':'F32','shape':1,'data_offsets':[0,4]}", "list"),
        field("a nested shape", "{'dtype':'F32','shape':[[1]],'data_offsets':[0,4]}", "shape"),
        field("a negative side", "{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}", "shape"),
        field(
            "two negative sides", "{'dtype':'F32','shape':[-1,-1],'data_offsets':[0,4]}", "shape"),
        field("a fractional side", "{'dtype':'F32','shape':[1.0],'data_offsets':[0,4]}", "shape"),
        field("a side in words", "{'dtype':'F32','shape':['1'],'data_offsets':[0,4]}", "shape"),
        field(
            "a side of 2^63",
            "{'dtype':'F32','shape':[9223372036854775808],'data_offsets':[0,4]}",
            "shape"),
        field("one offset", start + "'data_offsets':[4]}", "1 data_offsets"),
        field("three offsets", start + "'data_offsets':[0,4,4]}", "3 data_offsets"),
        field("no offset", start + "'data_offsets':[]}", "0 data_offsets"),
        field("negative offsets", start + "'data_offsets':[-4,0]}", "data_offsets"),
        field("minus zero", start + "'data_offsets':[-0,4]}", "data_offsets"),
        field("fractional offsets", start + "'data_offsets':[0.0,4.0]}", "data_offsets"),
        field("offsets with an exponent", start + "'data_offsets':[0,4e0]}", "data_offsets"),
        field("offsets that are null", start + "'data_offsets':null}", "data_offsets", "list"),
        field(
            "an offset of 2^64",
            start + "'data_offsets':[0,18446744073709551616]}",
            "data_offsets"));
  }

  static Stream<Arguments> layouts() {
    String w = "{'w':{'dtype':'U8','shape':[4],'data_offsets':[0,4]},";
    return Stream.of(
        bad(
            "the same name twice",
            w + "'w':{'dtype':'U8','shape':[4],'data_offsets':[4,8]}}",
            8,
            "\"w\" twice"),
        bad(
            "the same name, once escaped",
            w + "'\\u0077':{'dtype':'U8','shape':[4],'data_offsets':[4,8]}}",
            8,
            "\"w\" twice"),
        bad(
            "a hole",
            w + "'v':{'dtype':'U8','shape':[3],'data_offsets':[5,8]}}",
            8,
            "tensor \"v\"",
            "5 to 8",
            "begins at 4"),
        bad(
            "a hole at the beginning",
            "{'v':{'dtype':'U8','shape':[3],'data_offsets':[1,4]}}",
            4,
            "tensor \"v\"",
            "begins at 0"),
        bad(
            "an overlap",
            w + "'v':{'dtype':'U8','shape':[5],'data_offsets':[3,8]}}",
            8,
            "tensor \"v\"",
            "begins at 4"),
        bad(
            "two tensors in one place",
            w + "'v':{'dtype':'U8','shape':[4],'data_offsets':[0,4]}}",
            4,
            "tensor \"v\""),
        bad(
            "one inside the other",
            w + "'v':{'dtype':'U8','shape':[1],'data_offsets':[1,2]}}",
            4,
            "tensor \"v\""),
        bad(
            "the end before the beginning",
            w + "'v':{'dtype':'U8','shape':[0],'data_offsets':[4,3]}}",
            4,
            "tensor \"v\"",
            "4 to 3"),
        bad(
            "data beyond the end",
            "{'w':{'dtype':'U8','shape':[9],'data_offsets':[0,9]}}",
            8,
            "cut short"),
        bad(
            "an end near 2^63",
            "{'w':{'dtype':'U8','shape':[9223372036854775807],'data_offsets':[0,9223372036854775807]}}",
            8,
            "tensor \"w\"",
            "too many"),
        bad(
            "an end at 2^60",
            "{'w':{'dtype':'U8','shape':[1152921504606846975],'data_offsets':[0,1152921504606846975]}}",
            8,
            "cut short"),
        bad(
            "too few bytes for the shape",
            "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}}",
            4,
            "tensor \"w\"",
            "takes 8 bytes, but has 4"),
        bad(
            "too many bytes for the shape",
            "{'w':{'dtype':'F32','shape':[],'data_offsets':[0,8]}}",
            8,
            "tensor \"w\"",
            "takes 4 bytes, but has 8"),
        bad(
            "bytes for an empty shape",
            "{'w':{'dtype':'F32','shape':[0],'data_offsets':[0,4]}}",
            4,
            "tensor \"w\""),
        bad(
            "a product that overflows",
            "{'w':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,4]}}",
            4,
            "tensor \"w\"",
            "too many"),
        bad(
            "a product that overflows to 0",
            "{'w':{'dtype':'U8','shape':[4611686018427387904,4],'data_offsets':[0,0]}}",
            0,
            "tensor \"w\"",
            "too many"),
        bad(
            "an overflow before a zero",
            "{'w':{'dtype':'U8','shape':[4611686018427387904,4,0],'data_offsets':[0,0]}}",
            0,
            "tensor \"w\"",
            "too many"),
        bad(
            "a size in bits that overflows",
            "{'w':{'dtype':'F64','shape':[288230376151711744],'data_offsets':[0,0]}}",
            0,
            "tensor \"w\"",
            "too many"),
        bad(
            "half a byte",
            "{'w':{'dtype':'F4','shape':[3],'data_offsets':[0,2]}}",
            2,
            "tensor \"w\"",
            "whole number of bytes"),
        bad(
            "six bits",
            "{'w':{'dtype':'F6_E2M3','shape':[1],'data_offsets':[0,1]}}",
            1,
            "tensor \"w\"",
            "whole number"),
        bad("no tensors but data", "{}", 8, "8 bytes follow"),
        bad("a hostile name", "{'a\\n\\u202ebcd':{}}", 0, "tensor \"a\\u000a\\u202eb", "no dtype"));
  }

  static Stream<Arguments> metadata() {
    return Stream.of(
        bad("a number as a value", "{'__metadata__':{'epoch':3}}", 0, "__metadata__", "\"epoch\""),
        bad("null as a value", "{'__metadata__':{'epoch':null}}", 0, "\"epoch\""),
        bad("an object as a value", "{'__metadata__':{'epoch':{}}}", 0, "\"epoch\""),
        bad("metadata that is a list", "{'__metadata__':[]}", 0, "__metadata__"),
        bad("metadata that is a string", "{'__metadata__':'pt'}", 0, "__metadata__"),
        bad("metadata twice", "{'__metadata__':{},'__metadata__':{}}", 0, "\"__metadata__\" twice"),
        bad("null metadata twice", "{'__metadata__':null,'__metadata__':null}", 0, "twice"),
        bad("a key twice", "{'__metadata__':{'a':'b','a':'b'}}", 0, "\"a\" twice"));
  }
}
