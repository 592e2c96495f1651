// SPDX-License-Identifier: Apache-2.0
/// The backend `cpu`: how work is cut into tiles and shared out. What is done inside a tile is in
/// [dev.hubble.kernels.cpu.Kernels], with the Vector API or without.
package dev.hubble.kernels.cpu;
