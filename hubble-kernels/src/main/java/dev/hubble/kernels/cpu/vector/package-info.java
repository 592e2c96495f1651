// SPDX-License-Identifier: Apache-2.0
/// The kernels of the backend `cpu` with the Vector API. Nothing outside this package mentions
/// jdk.incubator.vector, and nothing in it is loaded where that module is missing.
package dev.hubble.kernels.cpu.vector;
