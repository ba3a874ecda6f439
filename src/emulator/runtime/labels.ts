/** Marks every container and volume of an embedded AWS, so that it finds its own after a restart. */
export const OWNER_LABEL = 'embedded-aws'
