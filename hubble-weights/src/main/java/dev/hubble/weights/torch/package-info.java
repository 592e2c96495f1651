// SPDX-License-Identifier: Apache-2.0
/// PyTorch's own files: a zip archive, or a row of pickles before 1.6. A pickle is a program; here
/// it is read as data, by an interpreter that can make lists, tables and tensors and can call
/// nothing.
package dev.hubble.weights.torch;
