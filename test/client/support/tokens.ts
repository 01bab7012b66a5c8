/** A token in the form of a JWT that the servers of these tests take for this user's. */
export function tokenOf(user: string): string {
    return `e30.${user}.signed`;
}

export function userOf(token: string): string {
    return token.split(".")[1] ?? "";
}
